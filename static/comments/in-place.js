// Edit, Delete and Report open their form under the comment instead of on a page of its own.
document.addEventListener("click", async (event) => {
  const link = event.target.closest("a[data-in-place], .acts a[href$='/flag/']");
  if (!link || event.metaKey || event.ctrlKey || event.shiftKey || event.button) return;
  event.preventDefault();
  const form = await formOf(link.href);
  if (!form) {
    location.href = link.href;
    return;
  }
  const comment = link.closest("article");
  comment.parentElement.querySelector(":scope > form[data-part]")?.remove();
  link.closest("details")?.removeAttribute("open");
  form.action = link.href;
  form.classList.add("reply", "is-open");
  comment.after(form);
  form.querySelector("textarea, input:not([type=hidden]), button[data-send]").focus();
});

async function formOf(address) {
  try {
    const page = await fetch(address);
    return new DOMParser().parseFromString(await page.text(), "text/html").querySelector("form[data-part]");
  } catch {
    return null;
  }
}
