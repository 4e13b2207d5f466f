/** Tells how much of a file is written, while the browser downloads it. */

import { find, htmx, newKey, on } from "./page.js";

on("submit", (event) => {
  const form = /** @type {HTMLFormElement} */ (event.target);
  const place = find("#export-progress");
  if (!form.matches(".export-form") || !place || !htmx()) return;
  const token = newKey();
  /** @type {HTMLInputElement} */ (form.elements.namedItem("token")).value = token;
  htmx().ajax("GET", `${place.dataset.url}?token=${token}`, { target: place, swap: "outerHTML" });
});
