// A comment is posted, changed or deleted without asking for the page again. The server answers with the comment, which takes
// its place, or with the form and its errors. Sending the same words twice stores them once, so a lost answer is no harm.
document.addEventListener("submit", async (event) => {
  const form = event.target;
  const isOurs = form.matches("form[data-comment-form], li form[data-part]:not([data-report])");
  if (!isOurs || event.submitter?.name === "preview") return;
  event.preventDefault();
  if (form.getAttribute("aria-busy") === "true") return;
  form.setAttribute("aria-busy", "true");
  const answer = await send(form);
  form.removeAttribute("aria-busy");
  if (!answer) complain(form, form.dataset.lost);
  else if (answer.comment) done(form, answer);
  else if (answer.form) again(form, answer.form);
  else if (answer.note) complain(form, answer.note);
  else form.submit();
});

async function send(form) {
  try {
    const answer = await fetch(form.action, {
      method: "POST",
      body: new URLSearchParams(new FormData(form)),
      headers: { "X-Fragment": "1" },
      signal: AbortSignal.timeout(20000),
    });
    if (answer.status >= 500) return null;
    const part = new DOMParser().parseFromString(await answer.text(), "text/html");
    const comment = part.querySelector("li[data-said]");
    return { comment, form: part.querySelector("form[data-comment-form], form[data-part]"), note: part.querySelector(".note") };
  } catch {
    return null;
  }
}

function done(form, { comment, form: fresh }) {
  const said = comment.dataset.said;
  form.dispatchEvent(new CustomEvent("sent", { bubbles: true }));
  const shown = form.matches("[data-part]") ? changed(form, comment) : posted(form, comment);
  if (fresh) renew(form, fresh);
  if (shown) shown.tabIndex = -1;
  if (shown) shown.focus();
  else if (fresh) complain(fresh.isConnected ? fresh : document.getElementById("comment-form"), said); // nobody sees it
  document.dispatchEvent(new CustomEvent("say", { detail: said }));
}

function changed(form, comment) {
  const place = form.closest("li");
  const article = comment.querySelector("article");
  form.remove();
  if (!article) {
    const next = place.parentElement.closest("li")?.querySelector("article") ?? document.getElementById("list");
    place.remove();
    return next;
  }
  place.querySelector("article").replaceWith(article);
  return article;
}

function posted(form, comment) {
  const article = comment.querySelector("article");
  if (comment.querySelector("[data-told]")) document.querySelector("[data-told]")?.remove(); // told once
  const before = article && document.getElementById(article.id);
  if (!article) comment.remove();
  else if (before) before.replaceWith(article);
  else if (form.id.startsWith("reply-")) answersOf(form).append(comment);
  else if (form.closest(".feedback__box")) form.before(article); // at a passage of the story, where it was written
  else listUnder(form).prepend(comment);
  return article;
}

function answersOf(form) {
  const answered = document.getElementById(form.id.replace("reply-", "c"))?.closest("li") ?? form.parentElement;
  let answers = answered.querySelector(":scope > .replies");
  if (!answers && answered.matches(".replies .replies .replies .replies li")) return answered.parentElement;
  if (!answers) {
    answers = document.createElement("div");
    answers.className = "replies";
    answers.append(document.createElement("ol"));
    answers.firstChild.className = "thread";
    answered.append(answers);
  }
  answers.open = true;
  return answers.querySelector(":scope > .thread");
}

function listUnder(form) {
  const first = document.querySelector("#list ~ .thread") ?? document.createElement("ol");
  if (!first.isConnected) {
    first.className = "thread";
    (document.getElementById("list") ?? form).after(first);
  }
  return first;
}

// The main box knows by now who is writing; what somebody began to type there stays.
function renew(form, fresh) {
  const main = document.getElementById("comment-form");
  if (form !== main) form.remove();
  if (main?.tagName !== "FORM") return;
  if (form !== main) fresh.querySelector("textarea").value = main.querySelector("textarea").value;
  else fresh.prepend(...main.querySelectorAll(":scope > .comment__on, :scope > input[type=hidden]"));
  main.replaceWith(fresh);
}

function again(form, fresh) {
  fresh.classList.add(...form.classList);
  form.replaceWith(fresh);
  fresh.querySelector(".note--error")?.focus();
}

function complain(form, note) {
  form.querySelector(".note--error")?.remove();
  const box = note.tagName ? note : Object.assign(document.createElement("div"), { textContent: note });
  box.className = "note note--error";
  box.tabIndex = -1;
  box.setAttribute("role", "alert");
  form.prepend(box);
  box.focus();
}
