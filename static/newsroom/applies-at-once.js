// A form that asks only how to sort or filter applies at once; its button stays for everyone else.
for (const form of document.querySelectorAll("form[data-applies-at-once]")) {
  const button = form.querySelector("button");
  if (button) button.hidden = true;
  form.addEventListener("change", () => form.requestSubmit());
}
