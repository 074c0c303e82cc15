// Editing in place: Escape leaves a fact as it was, and the field has the cursor as it opens.

document.addEventListener("keydown", (event) => {
  if (event.key === "Escape") event.target.closest?.("[data-edit]")?.querySelector("[data-leave]")?.click();
});
document.addEventListener("htmx:load", () => {
  document.querySelector("[data-edit] :is(input:not([type=hidden]), select, textarea)")?.focus();
});
