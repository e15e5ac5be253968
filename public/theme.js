// Sets the chosen theme before the first paint. Nothing else is ever stored.
try {
  const theme = localStorage.getItem("theme");
  if (theme === "light" || theme === "dark") {
    document.documentElement.dataset.theme = theme;
  }
} catch {
  // Storage may be forbidden: then the system's theme it is.
}
