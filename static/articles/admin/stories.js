/* A dialog that searches the site's stories: pickStory(says) -> Promise of what `articles.admin.picking` says of the chosen one,
   or null. The text editor opens it. */
window.pickStory = (says) =>
  new Promise((resolve) => {
    const made = (name, props = {}, ...inside) => {
      const node = Object.assign(document.createElement(name), props);
      node.append(...inside);
      return node;
    };
    const results = made("ul", { className: "stories__list" });
    const status = made("p", { className: "stories__status", role: "status" });
    const search = made("input", { type: "search", ariaLabel: says.search, placeholder: says.search, autofocus: true });
    const close = made("button", { type: "button", className: "stories__close", textContent: says.close });
    const head = made("div", { className: "stories__head" }, made("h2", { textContent: says.title }), close);
    const dialog = made("dialog", { className: "stories", ariaLabel: says.title }, head, search, status, results);
    let chosen = null;
    let asked = 0;

    const choice = (item) => {
      const button = made("button", { type: "button", className: "stories__item" });
      const words = made("span", {}, item.name);
      words.append(made("small", { textContent: item.detail }));
      button.append(words);
      button.addEventListener("click", () => {
        chosen = item;
        dialog.close();
      });
      return made("li", {}, button);
    };

    const find = async () => {
      const turn = ++asked;
      const query = new URLSearchParams({ q: search.value.trim() });
      let found;
      try {
        const answer = await fetch(`${says.url}?${query}`, { headers: { Accept: "application/json" } });
        if (!answer.ok || answer.redirected) throw new Error(String(answer.status));
        found = await answer.json();
      } catch {
        if (turn === asked) status.textContent = says.failed;
        return;
      }
      if (turn !== asked) return; // a later search has been asked for
      results.replaceChildren(...found.stories.map(choice));
      status.textContent = found.stories.length ? "" : says.none;
    };

    let timer = 0;
    search.addEventListener("input", () => {
      clearTimeout(timer);
      timer = setTimeout(find, 250);
    });
    search.addEventListener("keydown", (event) => {
      if (event.key !== "Enter") return;
      event.preventDefault();
      find();
    });
    close.addEventListener("click", () => dialog.close());
    dialog.addEventListener("click", (event) => event.target === dialog && dialog.close());
    dialog.addEventListener("close", () => {
      dialog.remove();
      resolve(chosen);
    });
    document.body.append(dialog);
    dialog.showModal();
    find();
  });
