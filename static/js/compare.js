/** From one change to the next where two editions are compared. */
import { find, findAll, pageKeys } from "./page.js";

/** @type {(by: number) => boolean} false where nothing is compared */
function stepChange(by) {
  if (!find(".compared")) return false;
  const changes = findAll(".compared .change");
  const current = changes.find((change) => change.contains(document.activeElement));
  if (current) {
    // Its own link knows the way, also to another page.
    find(by > 0 ? "a.next-change" : "a.previous-change", current)?.click();
    return true;
  }
  const isBelow = (/** @type {HTMLElement} */ change) => change.getBoundingClientRect().top > 0;
  const next = by > 0 ? changes.find(isBelow) : changes.filter((one) => !isBelow(one)).pop();
  next?.focus();
  return true;
}

export function startCompare() {
  pageKeys.push((key) => (key === "n" || key === "p") && stepChange(key === "n" ? 1 : -1));
}
