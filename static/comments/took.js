// Sends along how long a comment was being written, in milliseconds from the first touch of its fields: what is filled in
// faster than people write waits for a moderator. A form that was not touched says nothing.
const touched = new WeakMap();

document.addEventListener("focusin", ({ target }) => {
  const form = target.matches("textarea, input") && target.closest("form[data-comment-form]");
  if (form && !touched.has(form)) touched.set(form, performance.now());
});

document.addEventListener("formdata", ({ target, formData }) => {
  if (touched.has(target)) formData.set("took", Math.round(performance.now() - touched.get(target)));
});
