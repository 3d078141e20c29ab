// A question is answered, and a passage commented on, where it stands: the page's comment box is copied there.
document.addEventListener("click", (event) => {
  const link = event.target.closest("a[data-answer]");
  if (!link || event.metaKey || event.ctrlKey || event.shiftKey || event.button) return;
  const box = link.closest(".feedback__box");
  const fields = { passage: link.closest("[data-passage]").dataset.passage };
  if (open({ box, fields, opener: link })) event.preventDefault();
});

document.addEventListener("answer", ({ detail }) => open(detail));

function open({ box, fields, opener }) {
  const main = document.querySelector("form#comment-form");
  if (!main) return false;
  document.querySelector("#passage-form [data-away]")?.click();
  document.getElementById("passage-form")?.remove();
  const form = copyOf(main);
  for (const [name, value] of Object.entries(fields)) {
    const field = document.createElement("input");
    Object.assign(field, { type: "hidden", name, value });
    form.prepend(field);
  }
  if (fields.exact) {
    const quote = document.createElement("p");
    quote.className = "comment__on";
    quote.dir = "auto";
    quote.textContent = `“${fields.exact}”`;
    form.prepend(quote);
  }
  const away = document.createElement("button");
  Object.assign(away, { type: "button", className: "act", textContent: main.dataset.cancel });
  away.dataset.away = "";
  away.addEventListener("click", () => {
    form.remove();
    box.closest(".beneath--new")?.remove();
    if (opener) opener.hidden = false;
    opener?.focus();
  });
  form.querySelector("[data-send]").after(away);
  if (opener?.matches("a")) opener.hidden = true;
  box.append(form);
  form.querySelector("textarea").focus();
  return true;
}

function copyOf(main) {
  const form = main.cloneNode(true);
  form.id = "passage-form";
  form.reset();
  for (const old of form.querySelectorAll(".note, .error, output, .preview, .comment__on, input[type=hidden]")) old.remove();
  for (const name of ["id", "for", "aria-describedby"]) {
    for (const part of form.querySelectorAll(`[${name}]`)) {
      part.setAttribute(name, part.getAttribute(name).replaceAll("comment-", "passage-"));
    }
  }
  for (const name of ["aria-invalid", "aria-pressed"]) {
    for (const part of form.querySelectorAll(`[${name}]`)) part.removeAttribute(name);
  }
  return form;
}
