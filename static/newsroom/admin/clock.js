/** The desk's clock: a <time data-clock="Europe/Madrid"> goes on as long as the page is open. */
const clock = document.querySelector("[data-clock]");

function tick() {
  const parts = { hour: "2-digit", minute: "2-digit", hourCycle: "h23", timeZone: clock.dataset.clock };
  const now = new Date();
  clock.textContent = new Intl.DateTimeFormat("en-GB", parts).format(now);
  clock.dateTime = now.toISOString();
  setTimeout(tick, 60_000 - (now.getTime() % 60_000));
}

if (clock) tick();
