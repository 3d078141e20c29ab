// The comment box: how much room is left, Ctrl or Cmd with Enter posts, and who is posting where the page is the same for
// everybody.
const BOX = "form[data-comment-form], form[data-part]";

document.addEventListener("input", (event) => {
  const text = event.target.closest("textarea[maxlength]");
  if (text?.form?.dataset.left) count(text);
});

document.addEventListener("keydown", (event) => {
  const form = event.target.closest("textarea")?.form;
  if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey) || !form?.matches(BOX)) return;
  event.preventDefault();
  form.requestSubmit(form.querySelector("[data-send]"));
});

function count(text) {
  let left = text.parentElement.querySelector("output");
  if (!left) {
    left = document.createElement("output");
    left.className = "hint";
    text.after(left);
  }
  const room = text.maxLength - text.value.length;
  left.textContent = room < 300 ? text.form.dataset.left.replace("0", room) : "";
}

const cookie = document.cookie.split("; ").find((part) => part.startsWith("guest="));
if (cookie) {
  let name = "";
  try {
    name = decodeURIComponent(cookie.slice("guest=".length));
  } catch {
    name = "";
  }
  for (const form of document.querySelectorAll("form[data-comment-form]")) {
    const line = form.querySelector("[data-guest-line]");
    const fields = form.querySelector("[data-guest-fields]");
    if (!name || !line || !fields || form.querySelector("[aria-invalid]")) continue;
    const who = document.createElement("b");
    who.dir = "auto";
    who.textContent = name;
    const other = document.createElement("button");
    other.className = "act";
    other.setAttribute("form", "forget");
    other.textContent = form.dataset.notYou;
    line.replaceChildren(`${form.dataset.as} `, who, " ", other);
    fields.hidden = true;
  }
}
