// Words that are selected in the comment go into the box of what is to be cut.
const box = document.querySelector("[data-takes]");
const whole = box && document.getElementById(box.dataset.takes);

document.addEventListener("selectionchange", () => {
  const selection = getSelection();
  const words = selection.toString().trim();
  if (words && whole?.contains(selection.anchorNode) && whole.contains(selection.focusNode)) box.value = words;
});
