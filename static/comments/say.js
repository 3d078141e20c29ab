// Says aloud what changed: any script may dispatch `say` with a sentence as its detail.
const status = document.createElement("p");
status.className = "vh";
status.setAttribute("role", "status");
document.querySelector(".comments")?.append(status);

document.addEventListener("say", (event) => {
  status.textContent = "";
  setTimeout(() => (status.textContent = event.detail), 100);
});
