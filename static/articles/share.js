// Copy a link ([data-copy] holds what to say then), and the device's own share sheet where it has one ([data-share]).
const said = document.createElement("p");
said.className = "vh";
said.setAttribute("role", "status");
document.body.append(said);

document.addEventListener("click", async (event) => {
  const link = event.target.closest("a[data-copy]");
  if (!link || !navigator.clipboard || event.metaKey || event.ctrlKey || event.shiftKey) return;
  event.preventDefault();
  try {
    await navigator.clipboard.writeText(link.href);
  } catch {
    location.assign(link.href);
    return;
  }
  said.textContent = "";
  said.textContent = link.dataset.copy;
  const words = link.querySelector("span:not(.vh)");
  if (!words || link.dataset.busy) return;
  const before = words.textContent;
  link.dataset.busy = "1";
  words.textContent = link.dataset.copy;
  setTimeout(() => {
    words.textContent = before;
    delete link.dataset.busy;
  }, 1800);
});

if (navigator.share) {
  for (const button of document.querySelectorAll("[data-share]")) {
    button.hidden = false;
    button.addEventListener("click", () => {
      navigator.share({ title: button.dataset.share, url: location.href.split("#")[0] }).catch(() => {});
    });
  }
}
