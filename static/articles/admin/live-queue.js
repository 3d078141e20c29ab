// Posts of a live page wait in this browser until the site has taken them: a tunnel, a dead zone or an ended log-in loses none.
// Each goes with a token of its own, so that what arrived without an answer is not posted twice when it is sent again.
const form = document.getElementById("live-form");
const waiting = form.querySelector(".reporting__queue");
const FIELDS = ["token", "headline", "text", "image", "alt"];
const TICKS = ["key_event", "pinned"];
const files = new Map(); // a file does not survive the closing of the page
let queue = JSON.parse(localStorage.getItem(form.dataset.queue) ?? "[]");
let isSending = false;
let trouble = "";
let timer;

form.addEventListener("submit", (event) => {
  event.preventDefault();
  const typed = new FormData(form);
  const post = Object.fromEntries([...FIELDS, ...TICKS].map((name) => [name, typed.get(name) ?? ""]));
  const file = ["camera", "upload"].map((name) => typed.get(name)).find((one) => one?.size);
  if (![post.text, post.headline, post.image].some((words) => words.trim()) && !file) {
    say(form.dataset.empty);
    form.elements.text.focus();
    return;
  }
  post.hasFile = Boolean(file);
  if (file) files.set(post.token, file);
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
    if (post.hasFile && !files.has(post.token)) post.refused = form.dataset.lost;
    else await sendOne(post);
    keep();
  }
  isSending = false;
  if (trouble) timer = setTimeout(send, 10_000);
  draw();
}

async function sendOne(post, isAgain = false) {
  const answer = await fetch(form.action, { method: "POST", body: packed(post), headers: { "X-Fragment": "1" } }).catch(() => null);
  if (!answer || answer.status >= 500) trouble = form.dataset.waits;
  else if (answer.redirected || answer.status === 403) {
    if (!isAgain && (await renewed())) await sendOne(post, true);
  } else if (answer.ok) {
    queue = queue.filter((one) => one.token !== post.token);
    files.delete(post.token);
    document.dispatchEvent(new CustomEvent("live-list", { detail: await answer.text() }));
    say(form.dataset.posted);
  } else {
    const said = new DOMParser().parseFromString(await answer.text(), "text/html").querySelectorAll(".errorlist li, .errornote p");
    post.refused = [...said].map((one) => one.textContent).join(" ") || form.dataset.refused;
  }
}

function packed(post) {
  const body = new FormData();
  for (const name of FIELDS) body.set(name, post[name]);
  for (const name of TICKS) if (post[name]) body.set(name, "on");
  if (post.hasFile) body.set("upload", files.get(post.token));
  body.set("csrfmiddlewaretoken", form.elements.csrfmiddlewaretoken.value);
  return body;
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

function fill(post) {
  for (const name of [...FIELDS, "upload", "camera"]) if (form.elements[name]) form.elements[name].value = post[name] ?? "";
  for (const name of TICKS) form.elements[name].checked = Boolean(post[name]);
  form.elements.token.value = post.token ?? Array.from(crypto.getRandomValues(new Uint8Array(16)), (n) => n.toString(16).padStart(2, "0")).join("");
  form.elements.text.focus();
}

function keep() {
  localStorage.setItem(form.dataset.queue, JSON.stringify(queue));
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
  button.addEventListener("click", () => {
    queue = queue.filter((one) => one.token !== post.token);
    fill(post);
    keep();
  });
  return button;
}

const say = (words) => document.dispatchEvent(new CustomEvent("live-say", { detail: words }));
addEventListener("online", send);
draw();
send();
