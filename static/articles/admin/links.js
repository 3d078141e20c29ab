/* Preview links are made and ended without leaving the form; copying takes one click. */
document.addEventListener("DOMContentLoaded", () => {
  const form = document.getElementById("links-form");
  if (!form) return;
  const dress = () => {
    for (const button of document.querySelectorAll(".links [data-copy]")) button.hidden = !navigator.clipboard;
  };
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const reply = await fetch(form.action, { method: "POST", body: new FormData(form, event.submitter), headers: { "X-Fragment": "1" } });
    if (!reply.ok) return form.submit();
    const fresh = new DOMParser().parseFromString(await reply.text(), "text/html").querySelector(".links");
    document.querySelector(".links").replaceWith(fresh);
    fresh.querySelector("details").open = true;
    dress();
    fresh.querySelector("[readonly], #links-for").focus();
  });
  document.addEventListener("click", async (event) => {
    const button = event.target.closest(".links [data-copy]");
    if (!button) return;
    await navigator.clipboard.writeText(button.parentElement.querySelector("input").value);
    button.textContent = button.dataset.copy;
  });
  dress();
});
