// Fetches the script and the styles of a discussion when it comes near, is linked to, or is used (by keyboard, by selecting words
// of the story, by opening a mark in it); a story that is only read stays light.
const near = document.querySelector("[data-near]");

if (near) {
  const waiting = new AbortController();
  const load = () => {
    if (waiting.signal.aborted) return;
    waiting.abort();
    watch.disconnect();
    const style = document.createElement("link");
    style.rel = "stylesheet";
    style.href = near.dataset.nearStyle;
    document.head.append(style);
    import(new URL(near.dataset.near, document.baseURI));
  };
  const watch = new IntersectionObserver((entries) => entries.some((entry) => entry.isIntersecting) && load(), {
    rootMargin: "600px",
  });
  watch.observe(near);
  const story = document.querySelector("[data-passages]");
  if (story) {
    const { signal } = waiting;
    document.addEventListener("keydown", load, { signal });
    story.addEventListener("toggle", load, { signal, capture: true });
    const isChosen = ({ isCollapsed, anchorNode }) => !isCollapsed && story.contains(anchorNode);
    document.addEventListener("selectionchange", () => isChosen(getSelection()) && load(), { signal });
  }
  if (location.hash) load();
}
