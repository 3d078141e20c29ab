// "6 min ago" beside the time of day, on a live page: the page itself says only what stays true.
const words = new Intl.RelativeTimeFormat(document.documentElement.lang, { numeric: "auto", style: "short" });

function tell() {
  for (const link of document.querySelectorAll(".post__when a")) {
    const minutes = Math.floor((Date.now() - Date.parse(link.querySelector("time").dateTime)) / 60_000);
    const ago = link.parentElement.querySelector(".post__ago") ?? document.createElement("span");
    ago.className = "post__ago";
    const [n, unit] = minutes < 1 ? [0, "second"] : minutes < 60 ? [minutes, "minute"] : [Math.floor(minutes / 60), "hour"];
    ago.textContent = minutes < 720 ? words.format(-n, unit) : "";
    link.after(ago);
  }
}

tell();
document.addEventListener("live-shown", tell);
document.addEventListener("visibilitychange", () => document.hidden || tell());
setInterval(() => document.hidden || tell(), 60_000);
