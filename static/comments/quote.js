// Words selected in a comment go into its reply as a quote: while they are selected, its Reply says so.
let quoted = null;

document.addEventListener("selectionchange", () => {
  const chosen = selected();
  if (chosen && chosen.link === quoted?.link) quoted.words = chosen.words;
  // Pressing Reply itself takes the selection away; the words are still meant.
  else if (chosen || !quoted?.pressed) choose(chosen);
});

document.addEventListener("pointerdown", (event) => {
  if (!quoted) return;
  quoted.pressed = event.target.closest("a[data-reply]") === quoted.link;
  if (!quoted.pressed && !selected()) choose(null);
});

function choose(chosen) {
  if (quoted) name(quoted.link, quoted.was);
  quoted = chosen;
  if (quoted) quoted.was = name(quoted.link, document.querySelector("form[data-quote]")?.dataset.quote);
}

// Runs after the box was opened (reply.js).
document.addEventListener("click", (event) => {
  const link = event.target.closest("a[data-reply]");
  const form = link && document.getElementById(`reply-${link.dataset.reply}`);
  if (!form || quoted?.link !== link) return;
  const text = form.querySelector("textarea");
  const before = text.value.trim() ? `${text.value.trimEnd()}\n\n` : "";
  text.value = `${before}${quoted.words.map((line) => `> ${line}`).join("\n")}\n\n`;
  text.dispatchEvent(new Event("input", { bubbles: true }));
  text.setSelectionRange(text.value.length, text.value.length);
  choose(null);
});

function selected() {
  const selection = getSelection();
  const words = selection.toString().trim();
  const body = selection.anchorNode?.parentElement?.closest(".comment__body");
  const link = body?.closest("article")?.querySelector("a[data-reply]");
  if (!words || !link || !body.contains(selection.focusNode)) return null;
  // What was folded away stays so in the quote.
  const spoils = [...body.querySelectorAll("details[open]")].some((part) => selection.containsNode(part, true));
  const lines = words.slice(0, 1000).split("\n").map((line) => line.trim()).filter(Boolean);
  return { words: spoils ? lines.map((line) => `||${line}||`) : lines, link };
}

// Puts other words into a link; its icon and hidden words stay. Returns the words before.
function name(link, words) {
  const text = [...link.childNodes].find((node) => node.nodeType === Node.TEXT_NODE && node.data.trim());
  const was = text?.data;
  if (text && words) text.data = words;
  return was;
}
