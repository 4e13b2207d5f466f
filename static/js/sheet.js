/**
 * Where there is no margin, threads and the form open in a sheet. It borrows the block's section
 * from the page and gives it back, so that everything keeps its one id.
 */
import { find, htmx, on } from "./page.js";

const home = new Comment();
/** @type {HTMLElement | null} */
let opener = null;

/** @type {(ref: string, isFetched: boolean) => void} fetched: with all threads of the block */
export function openSheet(ref, isFetched) {
  const section = find(`#t-${ref}`);
  const sheet = find("dialog#sheet");
  const number = find(`#${ref} a.number`);
  const page = number?.getAttribute("href");
  if (!section || !sheet || !page) return;
  if (isFetched && !htmx()) return location.assign(page);
  if (!sheet.open) {
    const { activeElement } = document;
    opener = activeElement === document.body ? number : /** @type {any} */ (activeElement);
    section.replaceWith(home);
    find(".sheet-body", sheet)?.append(section);
    const title = find("#sheet-title");
    if (title) title.textContent = section.ariaLabel;
    sheet.showModal();
  }
  // Without more of them they are all here; fetching anew would take back what is opened meanwhile.
  if (!isFetched || !find(".more", section)) return;
  htmx().ajax("GET", page.replace(/(?=\?|$)/, "threads/"), { target: section, source: section, swap: "outerHTML" });
}

export function startSheet() {
  const sheet = find("dialog#sheet");
  sheet?.addEventListener("close", () => {
    const section = find(".threads", sheet);
    if (section) home.replaceWith(section);
    opener?.focus({ preventScroll: true });
  });
  on("click", ({ target }) => target === sheet && sheet?.close());
}
