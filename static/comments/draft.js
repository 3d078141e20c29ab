// What was typed and not posted is kept in this tab (nowhere else), and is there again when the page is opened again.
const key = (form) => `draft:${new URL(form.action).pathname}`;

document.addEventListener("input", (event) => {
  const form = event.target.closest("textarea")?.form;
  if (!form?.matches("form[data-comment-form]")) return;
  keep(form, event.target.value);
});

document.addEventListener("sent", (event) => keep(event.target, ""));
document.addEventListener("submit", (event) => {
  if (event.target.id !== "forget") return;
  for (const form of document.querySelectorAll("form[data-comment-form]")) keep(form, "");
});
document.addEventListener("focusin", (event) => {
  const form = event.target.closest("textarea")?.form;
  if (form?.matches("form[data-comment-form].reply")) offer(form);
});
for (const form of document.querySelectorAll("form[data-comment-form]")) offer(form);

function offer(form) {
  const text = form.querySelector("textarea");
  const words = kept(form);
  if (!words || text.value) return;
  text.value = words;
  text.dispatchEvent(new Event("input", { bubbles: true }));
  const note = document.createElement("p");
  note.className = "hint row";
  const discard = document.createElement("button");
  discard.type = "button";
  discard.className = "act";
  discard.textContent = form.dataset.discard;
  discard.addEventListener("click", () => {
    text.value = "";
    text.dispatchEvent(new Event("input", { bubbles: true }));
    note.remove();
    text.focus();
  });
  note.append(form.dataset.draft, discard);
  text.closest(".field").append(note);
}

function kept(form) {
  try {
    return sessionStorage.getItem(key(form)) ?? "";
  } catch {
    return "";
  }
}

function keep(form, words) {
  try {
    if (words.trim()) sessionStorage.setItem(key(form), words);
    else sessionStorage.removeItem(key(form));
  } catch {
    // Storage is switched off or full: nothing is kept.
  }
}
