// "5 min. ago" instead of the time of day; the page stays the same for everybody, and the words stay right while it is open.
const MINUTE = 60;
const UNITS = [["day", 86_400], ["hour", 3600], ["minute", MINUTE]];
const LONGEST = 7 * 86_400;
const words = new Intl.RelativeTimeFormat(document.documentElement.lang, { numeric: "auto", style: "short" });

function tell() {
  for (const time of document.querySelectorAll(".comment__top time")) {
    const seconds = Math.max(0, (Date.now() - Date.parse(time.dateTime)) / 1000);
    time.dataset.day ??= time.textContent;
    const [unit, size] = UNITS.find(([, size]) => seconds >= size) ?? ["second", Infinity];
    const said = seconds > LONGEST ? time.dataset.day : words.format(-Math.floor(seconds / size), unit);
    if (time.textContent !== said) time.textContent = said;
  }
}

tell();
document.addEventListener("merged", tell);
document.addEventListener("visibilitychange", () => document.hidden || tell());
setInterval(() => document.hidden || tell(), MINUTE * 1000);
