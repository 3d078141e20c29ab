// Words of the story can be commented on: select them, and a button beside them opens the comment box beneath their paragraph.
const story = document.querySelector("[data-passages]");

if (story && document.querySelector("form#comment-form")) {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "button button--small pick";
  button.textContent = story.dataset.passages;
  let chosen = null;
  let waiting;

  const show = () => {
    const words = wordsOf(getSelection());
    button.hidden = !words;
    if (!words) return;
    chosen = words;
    document.body.append(button);
    const place = words.range.getBoundingClientRect();
    const room = document.documentElement.clientWidth - button.offsetWidth - 8;
    button.style.top = `${place.bottom + scrollY + 8}px`;
    button.style.left = `${Math.max(8, Math.min(place.left, room))}px`;
  };
  document.addEventListener("selectionchange", () => {
    clearTimeout(waiting);
    waiting = setTimeout(show, 200);
  });
  button.addEventListener("pointerdown", (event) => event.preventDefault()); // the words stay selected
  button.addEventListener("click", () => choose(chosen, null));
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && button.isConnected && !button.hidden) getSelection().removeAllRanges();
  });
  // The keyboard's way (walk-sentences.js) selects words too.
  document.addEventListener("words", ({ detail }) => {
    const words = wordsOf(getSelection());
    if (words) choose(words, detail);
  });

  const choose = ({ block, fields }, opener) => {
    button.hidden = true;
    getSelection().removeAllRanges();
    document.querySelector(".beneath--new")?.remove();
    const beneath = document.createElement("div");
    beneath.className = "beneath beneath--new";
    const box = document.createElement("div");
    box.className = "feedback__box";
    beneath.append(box);
    if (block.matches("li")) block.append(beneath);
    else outermost(block).after(beneath);
    document.dispatchEvent(new CustomEvent("answer", { detail: { box, fields, opener } }));
  };
  show();
}

// The words that are selected, if they stand in one block of the story, and what stands around them.
function wordsOf(selection) {
  if (!selection.rangeCount || selection.isCollapsed) return null;
  const range = selection.getRangeAt(0).cloneRange();
  const block = blockOf(range.startContainer);
  // A triple click ends at the beginning of the next paragraph.
  if (block && !range.endOffset && blockOf(range.endContainer) !== block) range.setEndAfter(block.lastChild);
  if (!block || blockOf(range.endContainer) !== block) return null;
  const exact = textOf(range).trim();
  if (exact.length < 3 || exact.length > 300) return null;
  const before = document.createRange();
  before.selectNodeContents(block);
  const after = before.cloneRange();
  before.setEnd(range.startContainer, range.startOffset);
  after.setStart(range.endContainer, range.endOffset);
  const around = { prefix: textOf(before).slice(-32), suffix: textOf(after).slice(0, 32) };
  return { block, range, fields: { block: block.dataset.block, exact, ...around } };
}

function blockOf(node) {
  const element = node.nodeType === Node.ELEMENT_NODE ? node : node.parentElement;
  const block = element?.closest(".beneath, form, [data-block]");
  return block?.dataset.block && story.contains(block) ? block : null;
}

function outermost(block) {
  let outer = block;
  while (outer.parentElement !== story) outer = outer.parentElement;
  return outer.nextElementSibling?.matches(".beneath") ? outer.nextElementSibling : outer;
}

// As the server reads it: white space is one space, a line break too; what is beneath a list item is not part of it.
function textOf(range) {
  const part = range.cloneContents();
  for (const other of part.querySelectorAll(".beneath, [data-block]")) other.remove();
  for (const line of part.querySelectorAll("br")) line.replaceWith("\n");
  return part.textContent.replace(/\s+/g, " ");
}
