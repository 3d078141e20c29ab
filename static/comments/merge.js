// Puts comments of a page that was fetched into the threads of this one, each once, where the other page has them. What is
// here already stays as it is: open boxes, votes, folds. A script dispatches `merge` with { from, into, first } and finds
// the new comments, in the order of the page, in the `fresh` of the same object. Whatever else must know hears `merged`.
document.addEventListener("merge", ({ detail }) => {
  detail.fresh = [];
  merge(detail.from, detail.into, detail);
  for (const comment of detail.fresh) comment.tabIndex = -1;
  document.dispatchEvent(new CustomEvent("merged", { detail }));
});

const commentOf = (item) => item.querySelector(":scope > article[id]");
const answersOf = (item) => item.querySelector(":scope > .replies");
const number = (item) => Number(commentOf(item)?.id.slice(1));
const here = (item) => document.getElementById(commentOf(item).id)?.closest("li");

function merge(from, into, detail, nested = false) {
  const top = [...into.children].find((item) => !item.querySelector(":scope > .comment--pin"));
  let before = null;
  for (const item of [...from.children]) {
    if (!commentOf(item)) continue;
    const shown = here(item);
    if (shown && !shown.closest("ol[aria-label]")) {
      if (shown.parentElement === into) before = shown;
      join(item, shown, detail);
      continue;
    }
    forget(item);
    detail.fresh.push(...item.querySelectorAll("article[id]"));
    if (nested) answer(item, into, before);
    else if (detail.first) into.insertBefore(item, top ?? null);
    else into.append(item);
    before = item;
  }
}

// Answers come in the order in which they were written, which is that of their numbers.
function answer(item, into, before) {
  const later = [...into.children].find((other) => number(other) > number(item));
  if (before) before.after(item);
  else into.insertBefore(item, later ?? into.querySelector(":scope > .rest"));
}

function join(item, shown, detail) {
  const more = answersOf(item);
  const answers = answersOf(shown);
  if (!more) return;
  if (!answers) {
    forget(more);
    detail.fresh.push(...more.querySelectorAll("article[id]"));
    shown.append(more);
    return;
  }
  const fold = answers.querySelector(":scope > summary");
  if (fold) fold.replaceChildren(...more.querySelector(":scope > summary").childNodes);
  merge(more.querySelector(":scope > ol"), answers.querySelector(":scope > ol"), detail, true);
}

// The reader's own new comments stand above the list until the list itself has them.
function forget(part) {
  for (const article of part.querySelectorAll("article[id]")) document.getElementById(article.id)?.closest("li").remove();
}
