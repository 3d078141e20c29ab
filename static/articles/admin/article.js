/* The offer to move a typed “BREAKING:” shows only while the headline begins with one. Without script it is always there. */
document.addEventListener("DOMContentLoaded", () => {
  const headline = document.getElementById("id_headline");
  const row = document.querySelector(".field-move_label");
  if (headline && row) {
    const label = /^\W*(breaking)(\s+news)?\s*([:|!]|\s[-–—])/i;
    const show = () => { row.hidden = !label.test(headline.value) && !row.querySelector("input").checked; };
    headline.addEventListener("input", show);
    show();
  }
  // What was chosen in the library is shown after the next save; until then its old look would mislead.
  for (const field of document.querySelectorAll(".picture-field")) {
    const input = field.querySelector("input");
    const first = input.value;
    const look = field.querySelector("[data-look]");
    const compare = () => { look.hidden = input.value !== (look.dataset.of ?? first); };
    input.addEventListener("input", compare);
    window.addEventListener("focus", compare);
  }
});

/* The box that Django's autocomplete types into has no name of its own: it takes that of its field. By jQuery's own queue,
   so that it comes after the autocomplete was made. */
window.addEventListener("load", () => window.django.jQuery(() => {
  for (const box of document.querySelectorAll(".select2-search__field")) {
    const label = box.closest(".flex-container")?.querySelector("label");
    if (label) box.setAttribute("aria-label", label.textContent.replace(/:\s*$/, "").trim());
  }
}));
