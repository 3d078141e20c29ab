// Appearance: automatic, light or dark, remembered on this device.
const theme = document.querySelector(".theme");

if (theme) {
  const root = document.documentElement;
  theme.hidden = false;
  for (const choice of theme.querySelectorAll("input")) choice.checked = choice.value === (root.dataset.theme ?? "");
  theme.addEventListener("change", ({ target }) => {
    if (target.value) root.dataset.theme = target.value;
    else delete root.dataset.theme;
    try {
      if (target.value) localStorage.setItem("theme", target.value);
      else localStorage.removeItem("theme");
    } catch { /* storage is switched off: the choice lasts as long as the page */ }
  });
}
