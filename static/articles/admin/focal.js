/* The focal point by a click, by arrow keys or by its two numbers, with the crops as the worker will draw them. */
document.addEventListener("DOMContentLoaded", () => {
  const place = document.querySelector("[data-focal]");
  const inputs = ["id_focal_x", "id_focal_y"].map((id) => document.getElementById(id));
  if (!place || !inputs.every(Boolean)) return;
  const whole = place.querySelector(".focal__whole");
  const picture = whole.querySelector("img");
  const point = whole.appendChild(document.createElement("span"));
  point.className = "focal__point";
  const within = (value) => Math.round(Math.min(100, Math.max(0, value)));
  const here = () => inputs.map((input) => within(Number(input.value || 50)));

  /* As articles.renditions.crop_box does it: the largest box, its middle as near to the point as it gets. */
  function shift(size, other, ratio, at) {
    const side = Math.min(size, other * ratio);
    const free = size - side;
    return free < 0.5 ? 50 : Math.min(Math.max((size * at) / 100 - side / 2, 0), free) / free * 100;
  }

  function show() {
    const [x, y] = here();
    const [wide, high] = [Number(picture.getAttribute("width")), Number(picture.getAttribute("height"))];
    point.style.insetInlineStart = `${x}%`;
    point.style.insetBlockStart = `${y}%`;
    for (const crop of place.querySelectorAll(".focal__crop")) {
      const [across, down] = crop.dataset.ratio.split("x").map(Number);
      if (crop.getAttribute("src") !== crop.dataset.whole) crop.src = crop.dataset.whole;
      crop.style.objectPosition = `${shift(wide, high, across / down, x)}% ${shift(high, wide, down / across, y)}%`;
    }
  }

  function set(x, y) {
    [inputs[0].value, inputs[1].value] = [within(x), within(y)];
    inputs[0].dispatchEvent(new Event("change", { bubbles: true }));
    show();
  }

  whole.addEventListener("click", (event) => {
    const box = picture.getBoundingClientRect();
    set((event.clientX - box.left) / box.width * 100, (event.clientY - box.top) / box.height * 100);
  });
  whole.tabIndex = 0;
  whole.setAttribute("role", "application");
  whole.setAttribute("aria-label", place.querySelector(".focal__hint").textContent);
  whole.addEventListener("keydown", (event) => {
    const step = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key];
    if (!step) return;
    event.preventDefault();
    const [x, y] = here();
    set(x + step[0], y + step[1]);
  });
  for (const input of inputs) input.addEventListener("input", show);
  place.querySelector(".focal__hint").hidden = false;
  place.classList.add("is-live");
  show();
});
