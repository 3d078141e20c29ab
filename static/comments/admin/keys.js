// The desk by keyboard: j k move, a r s h p e act on the card, x chooses it, u takes back, ? tells.
(() => {
  const desk = document.querySelector(".desk");
  const queue = document.getElementById("queue");
  if (!queue) return;

  const onOff = desk.querySelector("[data-keys]");
  onOff.checked = localStorage.getItem("desk-keys") !== "off";
  onOff.addEventListener("change", () => localStorage.setItem("desk-keys", onOff.checked ? "on" : "off"));

  const cards = () => [...queue.querySelectorAll(".card")];
  const current = () => document.activeElement.closest(".card") ?? document.getElementById(desk.dataset.current);

  function move(by) {
    const all = cards();
    const at = all.indexOf(current());
    const next = all[at < 0 ? 0 : Math.min(Math.max(at + by, 0), all.length - 1)];
    next?.focus();
  }

  function act(key) {
    const card = current() ?? cards()[0];
    const button = card?.querySelector(`.decide [data-key="${key}"], .further [data-key="${key}"]`);
    if (!button) return;
    button.click();
    const details = button.closest("summary")?.parentElement;
    details?.querySelector("[name=step], textarea")?.focus();
  }

  function undo() {
    const button = current()?.querySelector(".undo button") ?? document.querySelector("#toast .undo button, .told .undo button");
    button?.click();
  }

  document.addEventListener("keydown", (event) => {
    if (!onOff.checked || event.ctrlKey || event.metaKey || event.altKey || desk.querySelector("dialog[open]")) return;
    const writing = event.target.closest("textarea, select, input:not([type=checkbox])");
    if (event.key === "Escape") {
      const details = event.target.closest("details[open]");
      if (details) details.open = false;
      return (details ? details.closest(".card") : writing && current())?.focus();
    }
    if (writing) return;
    const keys = {
      j: () => move(1),
      k: () => move(-1),
      x: () => (current() ?? cards()[0])?.querySelector(".pick").click(),
      u: undo,
      "?": () => desk.querySelector(".keys").scrollIntoView({ block: "center" }),
    };
    for (const key of ["a", "r", "s", "h", "p", "e"]) keys[key] = () => act(key);
    const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
    if (!keys[key]) return;
    event.preventDefault();
    keys[key]();
  });
})();
