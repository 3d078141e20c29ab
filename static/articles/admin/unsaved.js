/* What an earlier form left in this browser and the server never got is offered beside what the server offers by itself;
   copies of what was saved are forgotten. */
document.addEventListener("DOMContentLoaded", () => {
  const kept = document.querySelector(".kept");
  const form = kept?.closest("form");
  if (!form) return;
  const headers = () => ({ "X-Fragment": "1", "X-CSRFToken": form.elements.csrfmiddlewaretoken.value });
  const mine = `newsroom.${kept.dataset.person}.`;
  let copies = [];
  try {
    const keys = Object.keys(localStorage).filter((key) => key.startsWith(mine));
    copies = keys.map((key) => [key, JSON.parse(localStorage.getItem(key))]);
  } catch { /* forbidden: there is none */ }

  const saved = document.cookie.match(/(?:^|; )saved_form=(\w+)/)?.[1];
  document.cookie = "saved_form=; path=/admin/; max-age=0";
  const isOver = ([key, copy]) => key.endsWith(`.${saved}`) || Date.now() - copy.at > 14 * 86_400_000;
  for (const [key] of copies.filter(isOver)) localStorage.removeItem(key);

  const ofThis = ([key, copy]) => key.startsWith(`${mine}${kept.dataset.story}.`) && !copy.sent;
  const waiting = "typed" in kept.dataset ? [] : copies.filter((copy) => !isOver(copy) && ofThis(copy));
  for (const [key, copy] of waiting) {
    const typed = new URLSearchParams(copy.typed);
    const offer = kept.querySelector("[data-local]").cloneNode(true);
    offer.querySelector("q").textContent = typed.get("headline");
    offer.querySelector("time").textContent = new Date(copy.at).toLocaleString(document.documentElement.lang);
    offer.querySelector("[data-drop]").addEventListener("click", () => {
      localStorage.removeItem(key);
      offer.remove();
    });
    offer.querySelector("[data-restore]").addEventListener("click", async () => {
      const data = new FormData();
      for (const [name, value] of typed) data.append(name, value);
      data.set("draft_token", copy.token);
      data.set("base_version", copy.base || "0");
      const reply = await fetch(kept.dataset.url, { method: "POST", body: data, headers: headers() });
      if (!reply.ok) {
        kept.querySelector("[data-says]").textContent = (await reply.json()).says;
        return;
      }
      localStorage.setItem(key, JSON.stringify({ ...copy, sent: true }));
      location.assign(`?unsaved=${copy.token}`);
    });
    kept.querySelector("[data-local]").before(offer);
    offer.hidden = false;
  }

  for (const button of kept.querySelectorAll("[formaction]")) {
    button.addEventListener("click", async (event) => {
      event.preventDefault();
      const reply = await fetch(button.formAction, { method: "POST", headers: headers() });
      if (reply.ok) button.closest(".kept__offer").remove();
    });
  }
});
