// Fetches the script and the styles of a discussion when it comes near, is linked to, or is used; a story that is only read stays light.
const near = document.querySelector("[data-near]");

if (near) {
  const load = () => {
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
  if (location.hash) load();
}
