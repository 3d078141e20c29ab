// Pictures of posts that wait, by the token of their post. They outlive the page, where the browser lets us keep files.
const NAME = "live-pictures";
const here = new Map();
const storing = new Map();

function inStore(mode, work) {
  return new Promise((done, fail) => {
    const opening = indexedDB.open(NAME, 1);
    opening.onupgradeneeded = () => opening.result.createObjectStore(NAME);
    opening.onerror = () => fail(opening.error);
    opening.onsuccess = () => {
      const step = opening.result.transaction(NAME, mode);
      const asked = work(step.objectStore(NAME));
      step.oncomplete = () => done(asked.result);
      step.onabort = () => fail(step.error);
    };
  }).catch(() => undefined);
}

export function hold(token, file) {
  here.set(token, file);
  storing.set(token, inStore("readwrite", (store) => store.put(file, token)));
}

export async function held(token) {
  await storing.get(token);
  return here.get(token) ?? inStore("readonly", (store) => store.get(token));
}

export function drop(token) {
  here.delete(token);
  storing.set(token, inStore("readwrite", (store) => store.delete(token)));
}
