// What live.js brings: new posts wait behind a button, so that nothing moves under the reader's eyes; edits and deletions are
// made in place, and what is being read stays where it is on the screen.
const box = document.querySelector("[data-live]");
const pin = box.querySelector(".posts__pin");
const list = box.querySelector(".posts__list");
const keys = document.querySelector("[data-keys]");
const waiting = new Map();
let keysSoon = null;

const toast = document.createElement("p");
toast.className = "toast";
toast.setAttribute("role", "status");
box.prepend(toast);

document.addEventListener("live", ({ detail: said }) => {
  if (said.reload) {
    offer(box.dataset.reload, () => location.assign(location.pathname));
    return;
  }
  still(() => said.posts.forEach(change));
  keysSoon = said.keys ?? keysSoon;
  if (!waiting.size) showKeys();
  offer(waiting.size === 1 ? box.dataset.one : box.dataset.many.replace("%n", waiting.size), show);
  toast.hidden = !waiting.size;
  if (said.ended) end();
});

function change({ id, html, gone }) {
  const known = document.getElementById(`u${id}`);
  if (gone) {
    waiting.delete(id);
    known?.remove();
  } else if (known) {
    const post = made(html);
    if (post.matches(".post--pin") === known.matches(".post--pin")) known.replaceWith(post);
    else {
      known.remove();
      place(post);
    }
    tell();
  } else waiting.set(id, html);
}

function show() {
  if (!("first" in box.dataset)) {
    location.assign(`${location.pathname}#posts`);
    return;
  }
  const fresh = [...waiting.values()].map(made);
  waiting.clear();
  toast.hidden = true;
  toast.replaceChildren();
  list.querySelector(".note")?.remove();
  fresh.forEach(place);
  fresh.forEach((post) => post.classList.add("post--new"));
  showKeys();
  tell();
  const top = [...box.querySelectorAll(".post")].find((post) => fresh.includes(post));
  if (!top) return;
  top.tabIndex = -1;
  top.focus({ preventScroll: true });
  top.scrollIntoView({ block: "start" });
}

function place(post) {
  if (post.matches(".post--pin")) {
    pin.append(post);
    return;
  }
  const [moment, id] = order(post);
  const isOlder = ([at, number]) => at < moment || (at === moment && number < id);
  const next = [...list.querySelectorAll(":scope > .post")].find((other) => isOlder(order(other)));
  // Older than all that is shown here: its place is a page further on, if there is one.
  if (next) next.before(post);
  else if (!box.querySelector(".pages")) list.append(post);
}

const order = (post) => [Date.parse(post.querySelector("time").dateTime), Number(post.id.slice(1))];
const tell = () => document.dispatchEvent(new CustomEvent("live-shown"));

function made(html) {
  const template = document.createElement("template");
  template.innerHTML = html;
  return template.content.firstElementChild;
}

function still(work) {
  const post = [...box.querySelectorAll(".post")].find((one) => one.getBoundingClientRect().bottom > 0);
  const top = post?.getBoundingClientRect().top;
  work();
  const now = post && document.getElementById(post.id);
  if (now) scrollBy({ top: now.getBoundingClientRect().top - top, behavior: "instant" });
}

function offer(words, press) {
  if (toast.textContent === words) return;
  const button = document.createElement("button");
  button.className = "button button--small";
  button.textContent = words;
  button.addEventListener("click", press);
  toast.replaceChildren(button);
}

function showKeys() {
  if (!keysSoon || !keys) return;
  keys.innerHTML = keysSoon;
  keysSoon = null;
  for (const link of keys.querySelectorAll("a")) if (document.querySelector(`article${link.hash}`)) link.href = link.hash;
}

function end() {
  box.querySelector(".live__bar [role=status]").textContent = box.dataset.ended;
  box.querySelector("[data-check]")?.remove();
  const tab = document.querySelector(".head [data-running]");
  tab?.replaceWith(Object.assign(document.createElement("p"), { className: "tab", textContent: box.dataset.tab }));
  if (!document.querySelector(".head .tab--now")) document.querySelector(".head--now")?.classList.remove("head--now");
}
