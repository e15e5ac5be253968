// Starts the page. The names of the files to load stand on this script's own tag.
const { module, wasm } = document.querySelector("script[data-module]").dataset;
const loading = document.querySelector("[data-loading]");

try {
  const page = await import(new URL(module, document.baseURI));
  await page.default({ module_or_path: new URL(wasm, document.baseURI) });
} catch (error) {
  console.error(error);
  if (loading) {
    loading.textContent =
      "The checker could not start: this browser does not run WebAssembly, or a file is missing. What follows works without it.";
  }
}
