// A video's link becomes its player after the click; until then nothing is asked of the other site.
document.addEventListener("click", (event) => {
  const link = event.target.closest("a[data-player]");
  if (!link || event.metaKey || event.ctrlKey || event.shiftKey || event.button) return;
  event.preventDefault();
  const frame = document.createElement("iframe");
  frame.className = "embed__frame";
  frame.src = link.dataset.player;
  frame.title = link.dataset.title || link.textContent.trim();
  frame.allow = "autoplay; fullscreen; encrypted-media; picture-in-picture";
  frame.referrerPolicy = "strict-origin-when-cross-origin";
  link.closest(".embed__box").replaceChildren(frame);
  frame.focus();
});
