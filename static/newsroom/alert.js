// The alert may be hidden for this visit; a newer alert has another key and shows again.
for (const bar of document.querySelectorAll("[data-alert]")) {
  const key = `alert:${bar.dataset.alert}`;
  const close = bar.querySelector(".alert__close");
  try {
    if (sessionStorage.getItem(key)) bar.hidden = true;
  } catch { /* storage is switched off: the bar stays */ }
  if (close) {
    close.hidden = false;
    close.addEventListener("click", () => {
      bar.hidden = true;
      try { sessionStorage.setItem(key, "1"); } catch { /* hidden on this page only */ }
      document.querySelector(".skip")?.focus();
    });
  }
}
