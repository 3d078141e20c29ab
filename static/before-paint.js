/* Runs before the first paint: says that script is on, and applies a theme that the reader chose earlier. */
(function (root) {
  root.classList.add("js");
  try {
    var theme = localStorage.getItem("theme");
    if (theme === "light" || theme === "dark") root.dataset.theme = theme;
  } catch (error) { /* storage is switched off: the system's theme it is */ }
})(document.documentElement);
