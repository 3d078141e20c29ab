/* Files dropped on the library, or chosen: sent one after another, each with its progress and with what the server says. */
document.addEventListener("DOMContentLoaded", () => {
  const drop = document.querySelector("[data-drop]");
  if (!drop) return;
  const says = drop.dataset;
  const input = drop.querySelector("[type=file]");
  const list = drop.querySelector("[data-list]");
  const waiting = [];
  const counts = { stored: 0, refused: 0 };
  let busy = false;

  const make = (tag, words, of) => Object.assign(of.appendChild(document.createElement(tag)), { textContent: words });

  function line(file) {
    const row = list.appendChild(document.createElement("li"));
    make("b", file.name, row);
    const bar = make("progress", "", row);
    bar.max = 1;
    bar.value = 0;
    bar.setAttribute("aria-label", file.name);
    return { file, row, bar };
  }

  async function send({ file, row, bar }) {
    const credit = drop.querySelector("[name=credit]").value;
    const answer = await window.uploadPicture(file, drop, { credit, progress: (part) => { bar.value = part; } });
    bar.remove();
    counts[answer.error ? "refused" : "stored"] += 1;
    row.classList.add(answer.error ? "is-refused" : "is-stored");
    make("span", answer.error?.message ?? (answer.said || says.stored), row);
    if (answer.change) make("a", says.describe, row).href = answer.change;
  }

  async function work() {
    if (busy) return;
    busy = true;
    drop.querySelector("[data-said]").textContent = "";
    while (waiting.length) await send(waiting.shift());
    busy = false;
    await refresh();
    drop.querySelector("[data-said]").textContent = says.counts.replace("{stored}", counts.stored).replace("{refused}", counts.refused);
    counts.stored = counts.refused = 0;
  }

  async function refresh() {
    const page = await fetch(location.href).then((response) => response.text()).catch(() => "");
    const grid = new DOMParser().parseFromString(page, "text/html").getElementById("library");
    if (grid) document.getElementById("library").replaceWith(grid);
  }

  function take(files) {
    for (const file of files) waiting.push(line(file));
    work();
  }

  input.addEventListener("change", () => {
    take([...input.files]);
    input.value = "";
  });
  drop.addEventListener("submit", (event) => {
    event.preventDefault();
    input.click();
  });
  const holdsFiles = (event) => event.dataTransfer?.types.includes("Files");
  document.addEventListener("dragover", (event) => {
    if (!holdsFiles(event)) return;
    event.preventDefault();
    drop.classList.add("is-over");
  });
  document.addEventListener("dragleave", (event) => {
    if (!event.relatedTarget) drop.classList.remove("is-over");
  });
  document.addEventListener("drop", (event) => {
    if (!holdsFiles(event)) return;
    event.preventDefault();
    drop.classList.remove("is-over");
    take([...event.dataTransfer.files]);
  });
  drop.classList.add("is-live");
});
