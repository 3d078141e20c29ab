// Marks what is new since this browser was here last; only the browser knows. Nothing is marked at the first visit.
const KEPT = 300;
const section = document.querySelector(".comments[data-newest]");
const since = section ? lastVisit(section.dataset.list, Number(section.dataset.newest)) : 0;
let teller = null;

if (since) {
  mark(section);
  document.addEventListener("merged", () => mark(section));
  section.addEventListener("keydown", (event) => {
    const isTyping = event.target.closest("input, textarea, select, [contenteditable]");
    if (event.key === "n" && !isTyping && !event.ctrlKey && !event.metaKey && !event.altKey) next(event.target);
  });
}

// The moment up to which the reader had read before this visit; a visit lasts as long as its tab. 0 at the first one.
function lastVisit(list, newest) {
  try {
    const seen = JSON.parse(localStorage.getItem("seen") ?? "{}");
    const before = Number(sessionStorage.getItem(`seen ${list}`) ?? seen[list] ?? 0);
    sessionStorage.setItem(`seen ${list}`, before);
    seen[list] = Math.max(newest, seen[list] ?? 0);
    const kept = Object.entries(seen).sort((a, b) => b[1] - a[1]).slice(0, KEPT);
    localStorage.setItem("seen", JSON.stringify(Object.fromEntries(kept)));
    return before;
  } catch {
    return 0; // storage is switched off
  }
}

function appeared(comment) {
  return Number(comment.dataset.at) || Date.parse(comment.querySelector("time")?.dateTime ?? "");
}

function mark() {
  const unmarked = ".comment[id]:not(.comment--own, .comment--wait, .comment--quiet, [data-unread])";
  for (const comment of section.querySelectorAll(unmarked)) {
    if (!(appeared(comment) > since)) continue;
    comment.dataset.unread = "";
    comment.tabIndex = -1;
    const badge = document.createElement("button");
    badge.className = "badge badge--new";
    badge.textContent = section.dataset.new;
    badge.title = section.dataset.next;
    badge.addEventListener("click", () => next(comment));
    comment.querySelector(".comment__top").append(badge);
  }
  tell(section.querySelectorAll("[data-unread]").length);
}

function tell(count) {
  if (!count) return;
  if (!teller) {
    teller = document.createElement("button");
    teller.className = "act";
    teller.addEventListener("click", () => next(teller));
    section.querySelector(".which")?.append(teller);
  }
  const words = section.dataset.since.replace("0", count);
  if (teller.textContent === words) return;
  teller.textContent = words;
  teller.title = section.dataset.next;
  document.dispatchEvent(new CustomEvent("say", { detail: words }));
}

// The first new comment below `from`, and after the last one the first again.
function next(from) {
  const unread = [...section.querySelectorAll("[data-unread]")];
  const below = unread.find((comment) => from.compareDocumentPosition(comment) & Node.DOCUMENT_POSITION_FOLLOWING && !from.contains(comment));
  const chosen = below ?? unread[0];
  for (let fold = chosen?.closest("details"); fold; fold = fold.parentElement.closest("details")) fold.open = true;
  chosen?.focus();
}
