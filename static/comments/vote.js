// A vote counts at once, where it was given.
document.addEventListener("submit", async (event) => {
  const form = event.target;
  if (!form.matches("form.votes:not([data-plain])")) return;
  event.preventDefault();
  if (form.getAttribute("aria-busy") === "true") return;
  form.setAttribute("aria-busy", "true");
  const place = [...form.querySelectorAll("button")].indexOf(event.submitter);
  const answer = await cast(form, new URLSearchParams({ vote: event.submitter.value }));
  form.removeAttribute("aria-busy");
  form.parentElement.querySelector(":scope > .refused")?.remove();
  const fresh = answer?.querySelector("form.votes");
  const refused = answer?.querySelector(".refused");
  if (fresh) {
    form.replaceWith(fresh);
    fresh.querySelectorAll("button")[place]?.focus();
    document.dispatchEvent(new CustomEvent("say", { detail: fresh.dataset.said }));
  } else if (refused) {
    form.after(refused);
  } else {
    form.dataset.plain = "";
    event.submitter.click();
  }
});

async function cast(form, body) {
  try {
    const answer = await fetch(form.action, { method: "POST", body, headers: { "X-Fragment": "1" } });
    return new DOMParser().parseFromString(await answer.text(), "text/html");
  } catch {
    return null;
  }
}
