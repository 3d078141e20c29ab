/* Runs before the first paint: says that script is on, applies a theme that the reader chose earlier, and keeps alerts
   that the reader has hidden from being painted at all. */
(function (root) {
  root.classList.add("js");
  try {
    var theme = localStorage.getItem("theme");
    if (theme === "light" || theme === "dark") root.dataset.theme = theme;
  } catch (error) { /* storage is switched off: the system's theme it is */ }
  customElements.define("alert-bar", class extends HTMLElement {
    connectedCallback() {
      try {
        this.hidden = (localStorage.getItem("alerts-hidden") || "").split(" ").includes(this.dataset.alert);
      } catch (error) { /* storage is switched off: the bar stays */ }
    }
  });
})(document.documentElement);
