// Runs before the first paint, so that the chosen theme never flashes in later.
(() => {
  let chosen = null;
  try {
    chosen = localStorage.getItem("ganwright.theme");
  } catch {
    // storage may be forbidden; then the system's theme is used
  }
  if (chosen === "light" || chosen === "dark") document.documentElement.dataset.theme = chosen;
})();
