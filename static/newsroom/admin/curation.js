/** Arranging a page: places are dragged, or moved by their buttons without a round trip, and the preview follows. */
const form = document.getElementById("curate");
const preview = form.querySelector("[formtarget=preview]");
const said = document.getElementById("moved");
let waiting = 0;
let dragged = null;
let dirty = Boolean(document.querySelector(".curate__theirs"));

function lists() {
  return [...form.querySelectorAll("[data-zone]")];
}

/** Rows say in which zone they stand; the order of the form is the order of the page. */
function moved(row) {
  const list = row.closest("[data-zone]");
  row.querySelector("[name=zone]").value = list.dataset.zone;
  for (const each of form.querySelectorAll(".is-moved")) each.classList.remove("is-moved");
  row.classList.add("is-moved");
  const rows = [...list.children];
  const words = { "%s": row.querySelector(".place__name").innerText, "%n": rows.indexOf(row) + 1, "%m": rows.length };
  said.textContent = form.dataset.moved.replace(/%[snm]/g, (mark) => words[mark]);
  changed();
}

function changed() {
  dirty = true;
  clearTimeout(waiting);
  waiting = setTimeout(() => form.requestSubmit(preview), 400);
}

function step(row, by) {
  const list = row.closest("[data-zone]");
  const neighbour = by < 0 ? row.previousElementSibling : row.nextElementSibling;
  const next = lists()[lists().indexOf(list) + by];
  if (neighbour) neighbour[by < 0 ? "before" : "after"](row);
  else if (next) next[by < 0 ? "append" : "prepend"](row);
  else return;
  moved(row);
}

form.addEventListener("click", (event) => {
  const button = event.target.closest(".place button[name=do]");
  if (!button) return;
  event.preventDefault();
  const row = button.closest(".place");
  const verb = button.value.split(" ")[0];
  if (verb === "out") {
    const next = row.nextElementSibling ?? row.previousElementSibling ?? form.querySelector(".place");
    row.remove();
    (next?.querySelector("button") ?? document.getElementById("q")).focus();
    changed();
  } else {
    step(row, verb === "up" ? -1 : 1);
    button.focus();
  }
});

form.addEventListener("keydown", (event) => {
  const row = event.target.closest(".place");
  if (!row || !event.altKey || !["ArrowUp", "ArrowDown"].includes(event.key)) return;
  event.preventDefault();
  step(row, event.key === "ArrowUp" ? -1 : 1);
  event.target.focus();
});

form.addEventListener("change", (event) => {
  if (event.target.closest(".place")) changed();
});

form.addEventListener("submit", (event) => {
  if (event.submitter !== preview) dirty = false;
});

addEventListener("beforeunload", (event) => {
  if (dirty) event.preventDefault();
});

for (const row of form.querySelectorAll(".place")) row.draggable = true;

form.addEventListener("dragstart", (event) => {
  dragged = event.target.closest?.(".place");
  if (!dragged) return;
  event.dataTransfer.effectAllowed = "move";
  event.dataTransfer.setData("text/plain", dragged.querySelector("[name=article]").value);
  dragged.classList.add("is-dragged");
});

form.addEventListener("dragover", (event) => {
  const list = dragged && event.target.closest("[data-zone]");
  if (!list) return;
  event.preventDefault();
  const under = event.target.closest(".place");
  if (!under) list.append(dragged);
  else if (under !== dragged) {
    const middle = under.getBoundingClientRect().top + under.offsetHeight / 2;
    under[event.clientY < middle ? "before" : "after"](dragged);
  }
});

form.addEventListener("dragend", () => {
  if (!dragged) return;
  dragged.classList.remove("is-dragged");
  moved(dragged);
  dragged = null;
});
