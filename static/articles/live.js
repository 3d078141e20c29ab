// A live page that is open asks what changed since the number that it knows; all readers at that number ask the same address.
// Hidden pages do not ask, errors make it ask less often, the end of the coverage makes it stop. live-show.js shows the answer.
const box = document.querySelector("[data-live]");
const [, before, seq] = box.dataset.live.match(/^(.*\/)(\d+)\.json$/);
const state = { seq: Number(seq), poll: 10_000, failed: 0, timer: 0, asked: Date.now() };

async function ask() {
  clearTimeout(state.timer);
  if (state.asking || state.over || document.hidden) return null;
  state.asking = true;
  state.asked = Date.now();
  let said = null;
  try {
    const answer = await fetch(`${before}${state.seq}.json`);
    state.over = answer.status === 404 || answer.status === 410;
    if (!answer.ok) throw new Error(answer.status);
    said = await answer.json();
    state.failed = 0;
    state.seq = said.seq;
    state.poll = (said.poll ?? 10) * 1000;
    state.over = said.reload || said.ended;
    document.dispatchEvent(new CustomEvent("live", { detail: said }));
  } catch {
    state.failed = Math.min(state.failed + 1, 5);
  }
  state.asking = false;
  // Not all pages in the same second.
  if (!state.over) state.timer = setTimeout(ask, state.poll * 2 ** state.failed * (0.8 + 0.4 * Math.random()));
  return said;
}

document.addEventListener("visibilitychange", () => !document.hidden && Date.now() - state.asked > 2000 && ask());
addEventListener("online", ask);
box.querySelector("[data-check]")?.addEventListener("click", async (event) => {
  event.preventDefault();
  const said = await ask();
  const isNews = box.querySelector(".toast button");
  if (said && !said.ended && !isNews) box.querySelector(".live__bar [role=status]").textContent = box.dataset.none;
});
state.timer = setTimeout(ask, state.poll);
