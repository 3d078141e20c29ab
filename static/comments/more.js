// "More comments" and "n more replies" put them here instead of leading to another page; where that fails, the link leads there.
const LIST = ".main > ol.thread:not([aria-label])";

document.addEventListener("click", async (event) => {
  const link = event.target.closest("a[data-more], .rest > a");
  if (!link || event.metaKey || event.ctrlKey || event.shiftKey || event.button) return;
  event.preventDefault();
  if (link.getAttribute("aria-busy") === "true") return;
  link.setAttribute("aria-busy", "true");
  const fresh = await more(link);
  link.removeAttribute("aria-busy");
  if (!fresh) {
    location.assign(link.href);
    return;
  }
  fresh[0]?.focus();
  const said = document.querySelector("[data-shown]")?.dataset.shown ?? "0";
  document.dispatchEvent(new CustomEvent("say", { detail: said.replace("0", fresh.length) }));
});

// Pages until one has something new; each leads to the next.
async function more(link) {
  for (let pages = 0; pages < 5; pages += 1) {
    const page = await fetched(link.href);
    const from = page?.querySelector(LIST);
    if (!from) return null;
    const next = page.querySelector("a[data-more]");
    const merged = { from, into: document.querySelector(LIST), fresh: [] };
    document.dispatchEvent(new CustomEvent("merge", { detail: merged }));
    follow(link, next);
    if (merged.fresh.length || !next) return merged.fresh;
  }
  return [];
}

async function fetched(address) {
  try {
    const answer = await fetch(address);
    return answer.ok ? new DOMParser().parseFromString(await answer.text(), "text/html") : null;
  } catch {
    return null;
  }
}

// A page's own address is where its relative link begins.
function follow(link, next) {
  if (next) {
    link.href = new URL(next.getAttribute("href"), link.href);
    link.textContent = next.textContent;
  } else {
    (link.closest(".rest") ?? link).remove();
  }
}
