/* The search result and the social card follow what is typed: each place shows the first of its fields that says something. A
   title is measured at the width that search engines give it, in px, whatever room this window has. */
const SERP_TITLE = 600;

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
  const ruler = document.createElement("canvas").getContext("2d");
  ruler.font = getComputedStyle(title).font;
  const show = () => {
    for (const { place, fields, stored } of places) {
      const typed = fields.map((input) => input.value.trim()).find(Boolean);
      place.textContent = typed ?? stored;
    }
    const words = ruler.measureText(title.textContent).width > SERP_TITLE ? cut.dataset.cut : "";
    if (cut.textContent !== words) cut.textContent = words;
  };
  for (const input of new Set(places.flatMap(({ fields }) => fields))) input.addEventListener("input", show);
  show();
});
