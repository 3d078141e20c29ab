// By keyboard: a button before the story, seen when it has the focus. Arrows select sentence after sentence, Enter opens the box.
const text = document.querySelector("[data-passages]");

if (text && document.querySelector("form#comment-form") && Intl.Segmenter) {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "button button--small walk";
  button.textContent = text.dataset.walk;
  const said = document.createElement("p");
  said.className = "vh";
  said.setAttribute("role", "status");
  text.before(button, said);
  let at = -1;

  const sentences = () =>
    [...text.querySelectorAll("[data-block]")].flatMap((block) => {
      const nodes = nodesOf(block);
      const words = nodes.map((node) => node.data).join("");
      return sentencesIn(words).map(([start, end]) => rangeOf(nodes, start, end));
    });

  button.addEventListener("keydown", (event) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (!step) return;
    event.preventDefault();
    const all = sentences();
    if (!all.length) return;
    at = Math.max(0, Math.min(all.length - 1, at + step));
    getSelection().removeAllRanges();
    getSelection().addRange(all[at]);
    all[at].startContainer.parentElement.scrollIntoView({ block: "nearest" });
    said.textContent = all[at].toString();
  });
  button.addEventListener("click", () => {
    if (getSelection().isCollapsed) said.textContent = text.dataset.help;
    else document.dispatchEvent(new CustomEvent("words", { detail: button }));
  });
}

// The text of a block, without that of blocks inside it.
function nodesOf(block) {
  const walker = document.createTreeWalker(block, NodeFilter.SHOW_TEXT);
  const nodes = [];
  while (walker.nextNode()) {
    const owner = walker.currentNode.parentElement.closest(".beneath, form, [data-block]");
    if (owner === block) nodes.push(walker.currentNode);
  }
  return nodes;
}

function sentencesIn(words) {
  const segments = new Intl.Segmenter(document.documentElement.lang || "en", { granularity: "sentence" }).segment(words);
  return [...segments].flatMap(({ segment, index }) => {
    const trimmed = segment.trim();
    const start = index + segment.indexOf(trimmed);
    return trimmed.length < 3 || trimmed.length > 300 ? [] : [[start, start + trimmed.length]];
  });
}

function rangeOf(nodes, start, end) {
  const range = document.createRange();
  let before = 0;
  for (const node of nodes) {
    const after = before + node.length;
    if (start >= before && start < after) range.setStart(node, start - before);
    if (end > before && end <= after) range.setEnd(node, end - before);
    before = after;
  }
  return range;
}
