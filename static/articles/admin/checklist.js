/* The checklist follows what is typed: the form as it stands is sent, and the list that comes back takes the old one's place.
   Without script it shows what was saved last. */
document.addEventListener("DOMContentLoaded", () => {
  const list = document.querySelector("[data-checklist]");
  const form = list?.closest("form");
  if (!form) return;
  const PAUSE = 1500;
  let timer = 0;
  let asking = false;
  let stale = false;

  const later = () => {
    clearTimeout(timer);
    timer = setTimeout(ask, PAUSE);
  };

  /* A tick stays while it says yes to the same things. */
  const show = (html) => {
    const given = list.querySelector("[name=accept]:checked")?.value;
    const before = list.contains(document.activeElement) ? document.activeElement.getAttribute("name") : null;
    const made = new DOMParser().parseFromString(html, "text/html").body;
    if (made.innerHTML.trim() === list.innerHTML.trim()) return;
    list.replaceChildren(...made.childNodes);
    const accept = list.querySelector("[name=accept]");
    if (accept && accept.value === given) accept.checked = true;
    if (before) list.querySelector(`[name="${before}"]`)?.focus();
  };

  async function ask() {
    if (asking) {
      stale = true;
      return;
    }
    asking = true;
    for (const editor of Object.values(window.CKEDITOR?.instances ?? {})) editor.updateElement();
    const fields = new FormData(form);
    for (const [name, value] of [...fields]) if (value instanceof File) fields.delete(name);
    try {
      const answer = await fetch(list.dataset.checklist, { method: "POST", body: fields, headers: { "X-Fragment": "1" } });
      if (answer.ok && !answer.redirected) show(await answer.text());
    } catch {
      // Offline: the list says what it said, and the next key asks again.
    }
    asking = false;
    if (stale) {
      stale = false;
      later();
    }
  }

  form.addEventListener("input", later);
  form.addEventListener("change", later);
  window.addEventListener("focus", () => list.textContent.trim() && later());
  window.CKEDITOR?.on("instanceReady", (ready) => ready.editor.on("change", later));
});
