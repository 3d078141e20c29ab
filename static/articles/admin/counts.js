/* Words, characters and reading time of the text, and how long the headline is, while they are written. What counts as a word is
   said once, on the server (newsroom/lib/text.py): letters and digits, joined by an apostrophe, a dot or a hyphen. */
document.addEventListener("DOMContentLoaded", () => {
  const WORD = /[\p{L}\p{M}\p{N}_]+(?:['’.-][\p{L}\p{M}\p{N}_]+)*/gu;
  const line = document.querySelector("[data-counts]");
  const field = document.getElementById("id_body");
  const number = new Intl.NumberFormat(document.documentElement.lang || undefined);

  const textOf = (html) => {
    const body = new DOMParser().parseFromString(html, "text/html").body;
    for (const block of body.querySelectorAll("p,h2,h3,h4,li,td,th,figcaption,blockquote,div,br")) block.after("\n");
    return body.textContent.trim();
  };
  const count = (html) => {
    const text = textOf(html);
    const words = text.match(WORD)?.length ?? 0;
    const minutes = Math.max(1, Math.ceil(words / Number(line.dataset.wordsPerMinute)));
    const said = { words: number.format(words), characters: number.format([...text].length), minutes: number.format(minutes) };
    line.textContent = line.dataset.counts.replace(/\{(\w+)\}/g, (all, name) => said[name] ?? all);
  };
  /* Counting a long text takes a moment: after the last key, not at each. */
  const rarely = (act) => {
    let timer = 0;
    return () => {
      clearTimeout(timer);
      timer = setTimeout(act, 300);
    };
  };
  if (line && field) {
    field.closest(".form-row").append(line);
    line.hidden = false;
    field.addEventListener("input", rarely(() => count(field.value)));
    window.CKEDITOR?.on("instanceReady", ({ editor }) => {
      if (editor.name !== field.id) return;
      editor.on("change", rarely(() => count(editor.getData())));
      count(editor.getData());
    });
    count(field.value);
  }

  const headline = document.getElementById("id_headline");
  const bar = document.querySelector("[data-length]");
  if (headline && bar) {
    const [soft, hard] = [Number(bar.dataset.soft), Number(bar.dataset.hard)];
    const meter = bar.querySelector("meter");
    const words = bar.querySelector("span");
    const show = () => {
      const length = [...headline.value.trim()].length;
      meter.value = length;
      words.textContent = bar.dataset[length > hard ? "over" : length > soft ? "long" : "length"].replace("{n}", number.format(length));
    };
    headline.closest(".form-row").append(bar);
    bar.hidden = false;
    headline.setAttribute("aria-describedby", `${headline.getAttribute("aria-describedby") ?? ""} ${bar.id}`.trim());
    headline.addEventListener("input", show);
    show();
  }
});
