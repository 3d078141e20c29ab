/* The search result and the social card follow what is typed: each place shows the first of its fields that says something. */
document.addEventListener("DOMContentLoaded", () => {
  const preview = document.querySelector("[data-sharing]");
  if (!preview) return;
  const field = (name) => document.getElementById(`id_${name}`);
  const places = [...preview.querySelectorAll("[data-shows]")].map((place) => ({
    place,
    fields: place.dataset.shows.split(" ").map(field).filter(Boolean),
    stored: place.textContent,
  }));
  const title = preview.querySelector(".serp__title");
  const cut = preview.querySelector("[data-cut]");
  const show = () => {
    for (const { place, fields, stored } of places) {
      const typed = fields.map((input) => input.value.trim()).find(Boolean);
      place.textContent = typed ?? stored;
    }
    const words = title.scrollWidth > title.clientWidth ? cut.dataset.cut : "";
    if (cut.textContent !== words) cut.textContent = words;
  };
  for (const input of new Set(places.flatMap(({ fields }) => fields))) input.addEventListener("input", show);
  preview.closest("details")?.addEventListener("toggle", show);
  show();
});
