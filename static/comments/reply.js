// Reply opens the comment box under the comment instead of asking for the page again.
document.addEventListener("click", (event) => {
  const link = event.target.closest("a[data-reply]");
  const main = document.getElementById("comment-form");
  if (!link || main?.tagName !== "FORM" || event.metaKey || event.ctrlKey || event.shiftKey || event.button) return;
  event.preventDefault();
  const place = `reply-${link.dataset.reply}`;
  const form = document.getElementById(place) ?? answerBox(main, link, place);
  form.hidden = false;
  form.querySelector("textarea").focus();
});

// Cancel puts a box away that a script opened; what was typed into it stays in it.
document.addEventListener("click", (event) => {
  const form = event.target.closest("[data-close]")?.closest("li form");
  if (!form) return;
  event.preventDefault();
  form.hidden = true;
  const comment = form.closest("li").querySelector("article");
  const opener = form.matches("[data-part]") ? ".acts > summary, a[data-in-place]" : "a[data-reply]";
  comment.querySelector(opener)?.focus();
});

function answerBox(main, link, place) {
  const form = main.cloneNode(true);
  form.id = place;
  form.classList.add("reply", "is-open");
  form.action = link.dataset.action;
  form.reset();
  for (const old of form.querySelectorAll(".note, .error, output, .preview")) old.remove();
  for (const name of ["id", "for", "aria-describedby"]) {
    for (const part of form.querySelectorAll(`[${name}]`)) {
      part.setAttribute(name, part.getAttribute(name).replaceAll("comment-", `${place}-`));
    }
  }
  for (const name of ["aria-invalid", "aria-pressed"]) {
    for (const part of form.querySelectorAll(`[${name}]`)) part.removeAttribute(name);
  }
  const title = document.createElement("p");
  title.className = "legend";
  title.textContent = link.textContent.trim();
  form.prepend(title);
  const send = form.querySelector("button[data-send]");
  send.textContent = main.dataset.reply;
  const cancel = document.createElement("button");
  cancel.type = "button";
  cancel.className = "act";
  cancel.textContent = main.dataset.cancel;
  cancel.dataset.close = "";
  send.parentElement.append(cancel);
  link.closest("article").after(form);
  return form;
}
