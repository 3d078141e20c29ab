// The comment box: how much room is left, and who is posting where the page is the same for everybody.
const forms = document.querySelectorAll("form[data-comment-form]");

for (const form of forms) {
  const text = form.querySelector("textarea[maxlength]");
  if (text) {
    const left = document.createElement("output");
    left.className = "hint";
    text.after(left);
    const count = () => {
      const room = text.maxLength - text.value.length;
      left.textContent = room < 300 ? form.dataset.left.replace("0", room) : "";
    };
    text.addEventListener("input", count);
    count();
  }
}

const cookie = document.cookie.split("; ").find((part) => part.startsWith("guest="));
if (cookie) {
  let name = "";
  try {
    name = decodeURIComponent(cookie.slice("guest=".length));
  } catch {
    name = "";
  }
  for (const form of forms) {
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
