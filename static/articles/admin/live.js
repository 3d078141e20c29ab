// The page of those who report: Ctrl + Enter posts, the list beside the form renews itself, its buttons leave what is typed
// alone, and what is typed is kept in this browser until it is sent.
const form = document.querySelector(".reporting__form");
const draft = form.dataset.queue && `${form.dataset.queue}.draft`;
const list = () => document.getElementById("live-list");

addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey) || !event.target.closest?.(".reporting__form")) return;
  event.preventDefault();
  form.requestSubmit();
});

const said = Object.assign(document.createElement("p"), { className: "reporting__said" });
said.setAttribute("role", "status");
form.querySelector(".reporting__go").append(said);
document.addEventListener("live-say", ({ detail }) => (said.textContent = detail));

document.addEventListener("live-list", ({ detail }) => {
  const page = new DOMParser().parseFromString(detail, "text/html");
  const fresh = page.getElementById("live-list");
  const focused = document.activeElement?.closest("#live-list li")?.id;
  if (!fresh || !list() || fresh.outerHTML === list().outerHTML) return;
  list().replaceWith(fresh);
  if (focused) document.querySelector(`#${focused} .act`)?.focus();
});

// A button of the list, without leaving the page and what is typed in it.
document.addEventListener("submit", async (event) => {
  if (!event.target.closest("#live-list")) return;
  event.preventDefault();
  const body = new FormData(event.target, event.submitter);
  body.set("csrfmiddlewaretoken", form.elements.csrfmiddlewaretoken.value);
  const answer = await fetch(event.target.action, { method: "POST", body, headers: { "X-Fragment": "1" } }).catch(() => null);
  if (!answer?.ok || answer.redirected) document.dispatchEvent(new CustomEvent("live-say", { detail: form.dataset.failed }));
  else document.dispatchEvent(new CustomEvent("live-list", { detail: await answer.text() }));
});

async function renew() {
  if (document.hidden || !list() || list().contains(document.activeElement)) return;
  const answer = await fetch(location.href).catch(() => null);
  if (answer?.ok && !answer.redirected) document.dispatchEvent(new CustomEvent("live-list", { detail: await answer.text() }));
}

if (draft) {
  const text = form.elements.text;
  text.value ||= localStorage.getItem(draft) ?? "";
  const keep = () => localStorage.setItem(draft, text.value);
  text.addEventListener("input", keep);
  form.addEventListener("submit", () => setTimeout(keep));
  text.focus();
  setInterval(renew, 10_000);
  document.addEventListener("visibilitychange", renew);
}
