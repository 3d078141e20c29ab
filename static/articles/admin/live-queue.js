// Posts of a live page wait in this browser until the site has taken them: a tunnel, a dead zone or an ended log-in loses none.
// Each goes with a token of its own, so that what arrived without an answer is not posted twice when it is sent again.
import { drop, held, hold } from "./live-files.js";
import { fill, form, packed, read } from "./live-post.js";

const waiting = form.querySelector(".reporting__queue");
let queue = JSON.parse(localStorage.getItem(form.dataset.queue) ?? "[]");
let isSending = false;
let isStored = true;
let trouble = "";
let timer;

form.addEventListener("submit", (event) => {
  event.preventDefault();
  const [post, file] = read();
  if (![post.text, post.headline, post.image].some((words) => words.trim()) && !file) {
    say(form.dataset.empty);
    form.elements.text.focus();
    return;
  }
  if (file) hold(post.token, file);
  queue.push(post);
  fill({});
  keep();
  send();
});

async function send() {
  clearTimeout(timer);
  if (isSending) return;
  isSending = true;
  trouble = "";
  let post;
  while (!trouble && (post = queue.find((one) => !one.refused))) {
    const file = post.hasFile && (await held(post.token));
    if (post.hasFile && !file) post.refused = form.dataset.lost;
    else await sendOne(post, file);
    keep();
  }
  isSending = false;
  if (trouble) timer = setTimeout(send, 10_000);
  draw();
}

async function sendOne(post, file, isAgain = false) {
  const answer = await fetch(form.action, { method: "POST", body: packed(post, file), headers: { "X-Fragment": "1" } }).catch(() => null);
  if (!answer || answer.status >= 500) trouble = form.dataset.waits;
  else if (answer.redirected || answer.status === 403) {
    if (isAgain) post.refused = form.dataset.refused;
    else if (await renewed()) await sendOne(post, file, true);
  } else if (answer.ok) {
    queue = queue.filter((one) => one.token !== post.token);
    if (file) drop(post.token);
    document.dispatchEvent(new CustomEvent("live-list", { detail: await answer.text() }));
    say(form.dataset.posted);
  } else {
    const said = new DOMParser().parseFromString(await answer.text(), "text/html").querySelectorAll(".errorlist li, .errornote p");
    post.refused = [...said].map((one) => one.textContent).join(" ") || form.dataset.refused;
  }
}

// After a new log-in the page's own token is too old. Whoever is logged out is told, and nothing is lost.
async function renewed() {
  const answer = await fetch(form.action).catch(() => null);
  if (!answer || answer.redirected || !answer.ok) {
    trouble = answer?.status === 403 ? form.dataset.refused : answer ? form.dataset.login : form.dataset.waits;
    return false;
  }
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  form.elements.csrfmiddlewaretoken.value = page.querySelector("#live-form [name=csrfmiddlewaretoken]").value;
  return true;
}

function keep() {
  try {
    localStorage.setItem(form.dataset.queue, JSON.stringify(queue));
    isStored = true;
  } catch { // full: what waits is in this tab alone
    isStored = false;
  }
  draw();
}

function draw() {
  waiting.replaceChildren(...queue.map((post) => {
    const item = document.createElement("li");
    const words = document.createElement("span");
    words.textContent = `${(post.headline || post.text).slice(0, 80)} · ${post.refused || trouble || form.dataset.sends}`;
    item.append(words);
    if (post.refused || trouble) item.append(again(post));
    return item;
  }));
}

function again(post) {
  const button = Object.assign(document.createElement("button"), { type: "button", className: "act", textContent: form.dataset.again });
  button.addEventListener("click", async () => {
    const file = post.hasFile && (await held(post.token));
    queue = queue.filter((one) => one.token !== post.token);
    fill(post, file);
    keep();
  });
  return button;
}

const say = (words) => document.dispatchEvent(new CustomEvent("live-say", { detail: words }));
addEventListener("online", send);
addEventListener("beforeunload", (event) => {
  if (!isStored && queue.length) event.preventDefault();
});
// Another tab of the same page has sent some of them.
addEventListener("storage", ({ key, newValue }) => {
  if (key !== form.dataset.queue) return;
  queue = JSON.parse(newValue ?? "[]");
  draw();
});
draw();
send();
