// Preview shows how the words will look, and goes on showing it while they are typed. The server renders them, as it will then.
document.addEventListener("click", (event) => {
  const button = event.target.closest("button[name=preview]");
  if (!button) return;
  event.preventDefault();
  const on = button.getAttribute("aria-pressed") !== "true";
  button.setAttribute("aria-pressed", on);
  button.form.querySelector(".preview")?.remove();
  if (on) show(button);
});

let waiting;
document.addEventListener("input", (event) => {
  const button = event.target.closest("textarea")?.form?.querySelector("button[name=preview][aria-pressed=true]");
  clearTimeout(waiting);
  if (button) waiting = setTimeout(show, 400, button);
});

let newest = 0;
async function show(button) {
  const number = ++newest;
  const text = button.form.querySelector("textarea");
  try {
    const body = new URLSearchParams({ text: text.value });
    const answer = await fetch(button.dataset.url, { method: "POST", body, headers: { "X-Fragment": "1" } });
    const part = new DOMParser().parseFromString(await answer.text(), "text/html").querySelector(".preview");
    if (!part || number !== newest || button.getAttribute("aria-pressed") !== "true") return;
    button.form.querySelector(".preview")?.remove();
    text.closest(".field").after(part);
  } catch {
    // What is shown stays until the next key.
  }
}
