// Asks once a minute what is new, while somebody is looking, and offers it as a button: nothing moves before it is pressed.
const MINUTE = 60_000;
const IDLE = 10 * MINUTE;
const LIST = ".main > ol.thread:not([aria-label])";

const section = document.querySelector(".comments[data-open]");
if (section) watch();

function watch() {
  const list = section.dataset.list;
  const state = { known: Number(section.dataset.newest), latest: [], wait: MINUTE, active: Date.now(), asked: 0, timer: 0 };

  const isAway = () => document.hidden || Date.now() - state.active > IDLE;
  const later = () => {
    clearTimeout(state.timer);
    state.timer = setTimeout(ask, state.wait);
  };
  const ask = async () => {
    if (state.over || state.asking || isAway()) return;
    state.asking = true;
    state.asked = Date.now();
    try {
      const answer = await fetch(`${list}new.json`);
      if (answer.status === 404 || answer.status === 410) state.over = true;
      if (!answer.ok) throw new Error(answer.status);
      const said = await answer.json();
      state.over = !said.open;
      state.wait = MINUTE;
      offer(said.latest);
    } catch {
      state.wait = Math.min(state.wait * 2, 16 * MINUTE);
    }
    state.asking = false;
    if (!state.over) later();
  };
  const back = () => {
    const wasAway = Date.now() - state.active > IDLE;
    state.active = Date.now();
    if (wasAway) ask();
  };
  for (const sign of ["pointerdown", "keydown", "scroll"]) addEventListener(sign, back, { passive: true });
  document.addEventListener("visibilitychange", () => {
    state.active = Date.now();
    if (!document.hidden && Date.now() - state.asked > 5000) ask();
  });

  const offer = (latest) => {
    state.latest = latest.filter(([id, at]) => at > state.known && !document.getElementById(`c${id}`));
    const count = state.latest.length;
    const words = count === 1 ? section.dataset.one : section.dataset.many.replace("0", count < 50 ? count : "50+");
    const button = section.querySelector(".toast .button") ?? holder(() => show(button));
    const isNews = button.textContent !== words;
    button.parentElement.hidden = !count;
    button.textContent = words;
    if (count && isNews) document.dispatchEvent(new CustomEvent("say", { detail: words }));
  };

  const show = async () => {
    const address = `${list}?filter=latest`;
    const fresh = await fetched(address);
    if (!fresh) {
      location.assign(address);
      return;
    }
    state.known = Math.max(state.known, ...state.latest.map(([, at]) => at));
    section.querySelector(".toast").hidden = true;
    fresh[0]?.focus();
  };

  const fetched = async (address) => {
    const answer = await fetch(address).catch(() => null);
    if (!answer?.ok) return null;
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const from = page.querySelector(LIST);
    const wanted = new Set(state.latest.map(([id]) => `c${id}`));
    if (!from) return null;
    keepOnly(from, wanted);
    const into = section.querySelector(LIST) ?? section.querySelector("#list").insertAdjacentElement("afterend", from.cloneNode());
    const merged = { from, into, first: true, fresh: [] };
    document.dispatchEvent(new CustomEvent("merge", { detail: merged }));
    return merged.fresh.filter((comment) => wanted.has(comment.id));
  };
  ask();
}

// What the reader has not seen, and what stands above it.
function keepOnly(list, wanted) {
  for (const item of [...list.querySelectorAll("li")].reverse()) {
    const isWanted = [...item.querySelectorAll("article[id]")].some((comment) => wanted.has(comment.id));
    if (!isWanted && !item.matches(".rest")) item.remove();
  }
  for (const fold of list.querySelectorAll(".replies")) if (!fold.querySelector("article")) fold.remove();
}

function holder(press) {
  const place = document.createElement("p");
  place.className = "toast toast--over";
  const button = document.createElement("button");
  button.className = "button button--small";
  button.addEventListener("click", press);
  place.append(button);
  section.querySelector("#list").after(place);
  return button;
}
