// A post as the form has it: read from the form, put back into it, packed for the site. A picture stands beside it, as a file.
export const form = document.getElementById("live-form");
const FIELDS = ["token", "headline", "text", "image", "alt"];
const TICKS = ["key_event", "pinned"];

export function read() {
  const typed = new FormData(form);
  const post = Object.fromEntries([...FIELDS, ...TICKS].map((name) => [name, typed.get(name) ?? ""]));
  const file = ["camera", "upload"].map((name) => typed.get(name)).find((one) => one?.size);
  post.hasFile = Boolean(file);
  return [post, file];
}

export function fill(post, file) {
  for (const name of [...FIELDS, "upload", "camera"]) if (form.elements[name]) form.elements[name].value = post[name] ?? "";
  for (const name of TICKS) form.elements[name].checked = Boolean(post[name]);
  form.elements.token.value = post.token ?? Array.from(crypto.getRandomValues(new Uint8Array(16)), (n) => n.toString(16).padStart(2, "0")).join("");
  if (file) choose(file);
  form.elements.text.focus();
}

function choose(file) {
  const chosen = new DataTransfer();
  chosen.items.add(file);
  form.elements.upload.files = chosen.files;
  form.elements.upload.closest("details").open = true;
}

export function packed(post, file) {
  const body = new FormData();
  for (const name of FIELDS) body.set(name, post[name]);
  for (const name of TICKS) if (post[name]) body.set(name, "on");
  if (file) body.set("upload", file);
  body.set("csrfmiddlewaretoken", form.elements.csrfmiddlewaretoken.value);
  return body;
}
