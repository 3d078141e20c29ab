// Alerts: a reader hides one for good in this browser (before-paint.js then never paints it), and a page that stays open
// hears of a new one within half a minute. That one stands at the foot of the window, where it moves nothing.
const EVERY = 20_000;   // ms; with the jitter never more than 25 seconds
const LONGEST = 300_000; // after errors
const KEPT = 20;        // hidden alerts that are remembered

const late = document.createElement("div");
late.className = "late";
late.setAttribute("role", "status");
document.body.append(late);

function hide(bar) {
  bar.hidden = true;
  try {
    const hidden = (localStorage.getItem("alerts-hidden") ?? "").split(" ").filter((key) => key !== bar.dataset.alert);
    localStorage.setItem("alerts-hidden", [...hidden, bar.dataset.alert].slice(-KEPT).join(" ").trim());
  } catch { /* hidden on this page only */ }
  if (bar.parentElement !== late) document.querySelector(".skip")?.focus({preventScroll: true});
}

function arm(bar) {
  const close = bar.querySelector(".alert__close");
  close.hidden = false;
  close.addEventListener("click", () => hide(bar));
}

// The rules of newsroom/furniture.py, for a page that was rendered before the news.
function belongs({url, front, sections}) {
  const {pathname} = location;
  const shows = url && (url === pathname || document.querySelector(`.splash a[href="${CSS.escape(url)}"]`));
  const section = Number(document.body.dataset.section);
  return !shows && (!front || pathname === "/") && (!sections.length || sections.includes(section));
}

function show(alerts) {
  const ours = alerts.filter(belongs);
  for (const bar of document.querySelectorAll("alert-bar")) {
    if (!ours.some(({key}) => key === bar.dataset.alert)) bar.parentElement === late ? bar.remove() : bar.hidden = true;
  }
  const [newest] = ours;
  if (!newest || document.querySelector(`alert-bar[data-alert="${newest.key}"]`)) return;
  late.innerHTML = newest.html;
  arm(late.firstElementChild);
}

let wait = EVERY, timer, asked = Date.now();

async function ask() {
  asked = Date.now();
  try {
    const answer = await fetch("/alert.json", {credentials: "omit"});
    if (!answer.ok) throw new Error(answer.status);
    show((await answer.json()).alerts);
    wait = EVERY;
  } catch { wait = Math.min(wait * 2, LONGEST); }
  next();
}

function next() {
  clearTimeout(timer);
  if (!document.hidden) timer = setTimeout(ask, Math.max(0, asked + wait * (.75 + Math.random() / 2) - Date.now()));
}

document.querySelectorAll("alert-bar").forEach(arm);
document.addEventListener("visibilitychange", next);
next();
