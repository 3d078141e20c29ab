// A report is sent where it was written; the thanks, or what is still missing, take the place of its form.
document.addEventListener("submit", async (event) => {
  const form = event.target;
  if (!form.matches("li form[data-report]")) return;
  event.preventDefault();
  if (form.getAttribute("aria-busy") === "true") return;
  form.setAttribute("aria-busy", "true");
  const answer = await report(form);
  form.removeAttribute("aria-busy");
  const next = answer?.querySelector("form[data-report], .note, .refused");
  if (!next) {
    form.submit();
    return;
  }
  if (next.matches("form")) next.classList.add("reply", "is-open");
  form.replaceWith(next);
  const place = next.querySelector("[role=alert], input") ?? next;
  if (place.matches("p")) place.tabIndex = -1;
  place.focus();
});

async function report(form) {
  try {
    const body = new URLSearchParams(new FormData(form));
    const answer = await fetch(form.action, { method: "POST", body, headers: { "X-Fragment": "1" } });
    return new DOMParser().parseFromString(await answer.text(), "text/html");
  } catch {
    return null;
  }
}
