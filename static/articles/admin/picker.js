/* The library as a dialog: pickPicture() -> Promise of what `told` in articles/admin/pictures.py says of the chosen picture,
   or null. Fields for a picture use it by themselves; without script their link opens the library. */
(() => {
  let dialog = null;
  let answered = null;
  let asked = 0;
  const part = (name) => dialog.querySelector(`[data-${name}]`);

  function close(picture) {
    answered?.(picture);
    answered = null;
    if (dialog.open) dialog.close();
  }

  function tile(picture) {
    const button = Object.assign(document.createElement("button"), { type: "button", className: "picker__one" });
    const look = Object.assign(document.createElement("img"), { src: picture.thumb, alt: "", loading: "lazy", width: 160, height: 120 });
    const words = [picture.name, picture.credit, ...picture.missing].map((text, n) => {
      const line = document.createElement("span");
      if (n > 1) line.className = "is-missing";
      line.textContent = text;
      return line;
    });
    button.append(look, ...words);
    button.addEventListener("click", () => close(picture));
    const row = document.createElement("li");
    row.append(button);
    return row;
  }

  async function fill(before) {
    const mine = ++asked;
    const query = new URLSearchParams({ q: part("search").value, ...(before ? { before } : {}) });
    const answer = await fetch(`${dialog.dataset.library}?${query}`).then((response) => response.json()).catch(() => null);
    if (mine !== asked) return;
    const rows = answer ? answer.pictures.map(tile) : [];
    if (before) part("grid").append(...rows);
    else part("grid").replaceChildren(...rows);
    part("said").textContent = answer ? (rows.length || before ? "" : dialog.dataset.none) : dialog.dataset.offline;
    part("more").hidden = !answer?.next;
    part("more").value = answer?.next ?? "";
  }

  async function bring(file) {
    part("said").textContent = dialog.dataset.sending;
    const answer = await window.uploadPicture(file, dialog, {});
    part("said").textContent = answer.error?.message ?? "";
    if (!answer.error) close(answer);
  }

  async function make(url) {
    const page = await fetch(url).then((response) => response.text());
    dialog = new DOMParser().parseFromString(page, "text/html").querySelector("dialog");
    document.body.append(dialog);
    let pause = 0;
    part("search").addEventListener("input", () => {
      clearTimeout(pause);
      pause = setTimeout(fill, 200);
    });
    part("more").addEventListener("click", () => fill(part("more").value));
    part("file")?.addEventListener("change", (event) => event.target.files[0] && bring(event.target.files[0]));
    part("close").addEventListener("click", () => close(null));
    dialog.querySelector("form").addEventListener("submit", (event) => event.preventDefault());
    dialog.addEventListener("close", () => close(null));
    dialog.addEventListener("dragover", (event) => event.preventDefault());
    dialog.addEventListener("drop", (event) => {
      event.preventDefault();
      if (event.dataTransfer.files[0]) bring(event.dataTransfer.files[0]);
    });
  }

  window.pickPicture = async (url) => {
    if (!dialog) await make(url);
    part("search").value = "";
    fill();
    dialog.showModal();
    return new Promise((resolve) => { answered = resolve; });
  };

  function show(field, picture) {
    const look = field.querySelector("[data-look]");
    const image = Object.assign(document.createElement("img"), { src: picture.thumb, alt: picture.name, className: "thumb", width: 120, height: 90 });
    look.replaceChildren(image);
    look.dataset.of = picture.image;
    const input = field.querySelector("input");
    input.value = picture.image;
    for (const name of ["input", "change"]) input.dispatchEvent(new Event(name, { bubbles: true }));
    const words = field.querySelector(".help") ?? Object.assign(document.createElement("span"), { className: "help" });
    words.textContent = [picture.name, picture.credit, ...picture.missing].filter(Boolean).join(" · ");
    field.querySelector(".picture-field__choose").append(words);
  }

  /* Before Django's own handler, which would open a window. */
  document.addEventListener("click", async (event) => {
    const field = event.target.closest(".picture-field[data-dialog]");
    if (!field || !event.target.closest(".related-lookup")) return;
    event.preventDefault();
    event.stopPropagation();
    const picture = await window.pickPicture(field.dataset.dialog);
    if (picture) show(field, picture);
  }, true);
})();
