// A step of the desk without a new page: its form is sent, and what the server says has changed is put in place.
(() => {
  const desk = document.querySelector(".desk");
  const queue = document.getElementById("queue");
  const toast = document.getElementById("toast");
  if (!queue) return;

  const parse = (text) => new DOMParser().parseFromString(text, "text/html");
  const cards = () => [...queue.querySelectorAll(".card")];
  const open = (card) => card && !card.classList.contains("is-done");

  function focusOn(card) {
    if (!card) return;
    card.focus();
    desk.dataset.current = card.id;
  }

  // The next card that waits: below, else above.
  function following(card) {
    const all = cards();
    const at = all.indexOf(card);
    return all.slice(at + 1).find(open) ?? all.slice(0, Math.max(at, 0)).reverse().find(open);
  }

  async function send(form, button) {
    const from = form.closest(".card") ?? document.getElementById(desk.dataset.current);
    const undoing = form.classList.contains("undo");
    form.inert = true;
    const response = await fetch(form.action, {
      method: "POST", body: new FormData(form, button), headers: { "X-Fragment": "1" },
    }).catch(() => null);
    form.inert = false;
    if (!response) return say(desk.dataset.offline);
    const page = parse(await response.text());
    if (response.status === 422) return ask(page);
    if (!page.querySelector(".answer")) return location.reload();
    desk.querySelector("dialog")?.close();
    put(page, from, undoing);
  }

  async function put(page, from, undoing) {
    const was = from?.id;
    document.getElementById("tallies").replaceWith(page.getElementById("tallies"));
    let changed = null;
    for (const card of page.querySelectorAll(".card")) {
      document.getElementById(card.id)?.replaceWith(card);
      changed ??= document.getElementById(card.id);
    }
    toast.replaceChildren(...page.getElementById("said").childNodes);
    const stays = was && document.getElementById(was);
    count();
    if (undoing && changed) focusOn(changed);
    else if (open(stays)) focusOn(stays);
    else focusOn(following(stays) ?? await more() ?? stays);
  }

  // More than fifty: the server asks for their number.
  function ask(page) {
    const dialog = desk.querySelector("dialog") ?? desk.appendChild(document.createElement("dialog"));
    dialog.replaceChildren(page.getElementById("count") ?? "");
    dialog.showModal();
    dialog.querySelector("[name=count]")?.focus();
  }

  function say(words) {
    toast.textContent = words;
  }

  // The next page of the list below this one; the cards that were decided on stay where they can be taken back.
  async function more() {
    const link = desk.querySelector(".more a");
    const response = link && await fetch(link.href).catch(() => null);
    if (!response?.ok) return null;
    const page = parse(await response.text());
    const fresh = [...page.querySelectorAll("#queue > .card")].filter((card) => !document.getElementById(card.id));
    queue.append(...fresh);
    desk.querySelector(".more").replaceWith(page.querySelector(".more"));
    return fresh[0];
  }

  function count() {
    const chosen = queue.querySelectorAll(".pick:checked").length;
    const words = desk.querySelector(".chosen");
    const { none, one, many } = words.dataset;
    words.textContent = chosen === 0 ? none : chosen === 1 ? one : many.replace("%n", chosen);
  }

  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (form.method !== "post" || !desk.contains(form)) return;
    event.preventDefault();
    send(form, event.submitter);
  });
  queue.addEventListener("change", count);
  queue.addEventListener("focusin", (event) => {
    const card = event.target.closest(".card");
    if (card) desk.dataset.current = card.id;
  });
  desk.addEventListener("click", (event) => {
    if (event.target.closest("[data-all]")) {
      event.preventDefault();
      const picks = [...queue.querySelectorAll(".pick:not(:disabled)")];
      const all = picks.every((pick) => pick.checked);
      for (const pick of picks) pick.checked = !all;
      count();
    } else if (event.target.closest(".more a")) {
      event.preventDefault();
      more().then(focusOn);
    }
  });
  desk.querySelector(".keys").hidden = false;
  count();
})();
