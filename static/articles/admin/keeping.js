/* Keeps what is typed into a story: in this browser at once, on the server five seconds after the last key and when the page
   is left; and asks there every fifteen seconds who else is writing. Sentences come from the server and _kept.html; what an earlier form
   left is offered by unsaved.js. */
document.addEventListener("DOMContentLoaded", () => {
  const kept = document.querySelector(".kept");
  const form = kept?.closest("form");
  if (!form) return;
  const part = (name) => kept.querySelector(`[data-${name}]`);
  const field = (name) => form.elements[name];
  const place = () => `newsroom.${kept.dataset.person}.${kept.dataset.story}.${field("draft_token").value}`;
  const notTyped = /^(csrfmiddlewaretoken|base_version|draft_token|_.*)$/;
  let before = null; // what the form held when it was opened
  let last = null; // what the server has
  let out = false; // logged out
  let leaving = false;
  let [busy, running] = [false, null];
  let timer = 0;
  let mirror = 0;

  const posted = () => {
    for (const editor of Object.values(window.CKEDITOR?.instances ?? {})) editor.updateElement();
    return new FormData(form);
  };
  const typedIn = (data) => new URLSearchParams([...data].filter(([name]) => !notTyped.test(name))).toString();
  const typed = () => typedIn(posted());
  const show = (name, shown) => { part(name).hidden = !shown; };
  const say = (name, sentence) => { if (part(name).textContent !== sentence) part(name).textContent = sentence; };

  const here = () => {
    const now = typed();
    if (before === null || now === before) return;
    const copy = { typed: now, base: field("base_version").value, token: field("draft_token").value, at: Date.now(), sent: now === last };
    try {
      localStorage.setItem(place(), JSON.stringify(copy));
    } catch { /* full, or forbidden: the server has it all the same */ }
  };
  const token = async () => {
    const reply = await fetch(kept.dataset.url, { headers: { Accept: "application/json" } });
    if (reply.status === 200) for (const input of document.querySelectorAll("[name=csrfmiddlewaretoken]")) input.value = (await reply.clone().json()).csrf;
    return reply.status;
  };
  const send = async (data, again) => {
    const small = [...data].reduce((n, [, value]) => n + value.length, 0) < 20_000; // a browser carries on with 64 kB at most
    const reply = await fetch(kept.dataset.url, { method: "POST", body: data, keepalive: again === "leaving" && small, headers: { "X-CSRFToken": field("csrfmiddlewaretoken").value } });
    // After a log-in in another tab this page's token is an old one: take the new one, and say it again, once.
    if (reply.status === 403 && again !== "again" && (await token()) === 200) {
      data.set("csrfmiddlewaretoken", field("csrfmiddlewaretoken").value);
      return send(data, "again");
    }
    return reply;
  };
  const keep = async (why) => {
    if (before === null || busy || leaving) return;
    const data = posted();
    const now = typedIn(data);
    here();
    const ping = new FormData();
    for (const name of ["draft_token", "base_version"]) ping.set(name, field(name).value);
    const changed = now !== last && now !== before;
    busy = true;
    try {
      const reply = await (running = send(changed ? data : ping, why));
      out = reply.status === 401;
      show("out", out);
      show("offline", reply.status >= 500);
      const answer = reply.headers.get("Content-Type")?.includes("json") ? await reply.json() : {};
      if (answer.says) say("says", answer.says);
      for (const name of ["others", "newer"]) if (name in answer) say(name, answer[name]);
      if (reply.ok && changed) last = now;
      if (reply.ok && changed) here();
    } catch {
      show("offline", true);
    } finally {
      busy = false;
    }
  };
  const touched = () => {
    clearTimeout(timer);
    clearTimeout(mirror);
    mirror = setTimeout(here, 500);
    timer = setTimeout(keep, 5000);
  };

  const opened = () => {
    if (before !== null) return;
    before = "typed" in kept.dataset ? "" : typed();
    keep();
  };
  // The editor writes the text in its own way when it opens it: what the form held is known after that.
  const ready = () => Object.values(CKEDITOR.instances).every((editor) => editor.status === "ready" && editor.on("change", touched)) && opened();
  if (!window.CKEDITOR) opened();
  else if (Object.keys(CKEDITOR.instances).length) ready();
  window.CKEDITOR?.on("instanceReady", () => setTimeout(ready));

  form.addEventListener("input", touched);
  window.django?.jQuery(form).on("change", touched);
  setInterval(() => document.visibilityState === "visible" && keep(), 15_000);
  window.addEventListener("focus", () => keep());
  window.addEventListener("blur", () => keep());
  document.addEventListener("visibilitychange", () => keep(document.visibilityState === "hidden" ? "leaving" : ""));
  window.addEventListener("pagehide", here);
  window.addEventListener("beforeunload", (event) => {
    if (!leaving && before !== null && typed() !== before) event.preventDefault();
  });
  form.addEventListener("submit", (event) => {
    here();
    if (event.submitter?.formTarget === "_blank") return; // a look at it
    if (out) event.preventDefault();
    leaving = !out;
    if (out || !busy) return;
    event.preventDefault(); // what is on its way arrives before the save, and not after it, as text that was not saved
    const again = () => { busy = false; form.requestSubmit(event.submitter); };
    // In a task of its own: while this event is still being handed round a browser ignores requestSubmit, and says nothing.
    const soon = () => setTimeout(again);
    Promise.race([running, new Promise((late) => setTimeout(late, 3000))]).then(soon, soon);
  });
  document.addEventListener("keydown", (event) => {
    if (event.key.toLowerCase() !== "s" || !(event.ctrlKey || event.metaKey) || event.altKey || event.shiftKey) return;
    event.preventDefault();
    form.requestSubmit(form.querySelector("[name=_continue]"));
  });
});
