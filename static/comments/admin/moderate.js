// A moderator's step is taken where the comment stands: the server answers with the comment as it is now, its undo with it.
document.addEventListener("submit", async (event) => {
  const form = event.target;
  if (!form.matches("form[data-moderate]:not([data-plain])")) return;
  event.preventDefault();
  if (form.getAttribute("aria-busy") === "true") return;
  form.setAttribute("aria-busy", "true");
  const answer = await take(form, event.submitter);
  form.removeAttribute("aria-busy");
  if (!answer) {
    form.dataset.plain = "";
    event.submitter.click();
    return;
  }
  const shown = put(form.closest("article"), answer.querySelector("article"));
  if (shown) {
    shown.tabIndex = -1;
    shown.focus();
  }
  document.dispatchEvent(new CustomEvent("say", { detail: answer.dataset.said }));
});

async function take(form, button) {
  try {
    const answer = await fetch(form.action, {
      method: "POST",
      body: new URLSearchParams(new FormData(form, button)),
      headers: { "X-Fragment": "1" },
      signal: AbortSignal.timeout(20000),
    });
    return new DOMParser().parseFromString(await answer.text(), "text/html").querySelector("li[data-said]");
  } catch {
    return null;
  }
}

// What is nowhere any more (its writer deleted it meanwhile) leaves its place.
function put(old, fresh) {
  if (fresh) {
    old.replaceWith(fresh);
    return fresh;
  }
  const place = old.closest("li");
  const next = place.nextElementSibling?.querySelector("article") ?? document.getElementById("list");
  place.remove();
  return next;
}
