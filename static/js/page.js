/** What every module asks of the page, and says through it. */

/** @type {Find} the first match, or null */
export const find = (selector, root = document) => root.querySelector(selector);

/** @type {FindAll} */
export const findAll = (selector, root = document) => Array.from(root.querySelectorAll(selector));

/** @type {Around} the nearest match at or above where an event happened */
export const around = ({ target }, selector) => target?.closest?.(selector) ?? null;

/** @type {On} listen on the document, so that what is swapped in later is heard too */
export const on = (types, handler, capture) =>
  types.split(" ").forEach((type) => document.addEventListener(type, handler, capture));

/** Whether the threads stand beside the text. */
export const isWide = () => matchMedia("(min-width: 1100px)").matches;

/** htmx, or undefined where it did not load: forms and links then work as plain ones. */
export const htmx = () => /** @type {any} */ (window).htmx;

/** @type {(form: Form, values: object) => void} by name; fields that it lacks are skipped */
export function fill(form, values) {
  for (const [name, value] of Object.entries(values)) {
    const field = /** @type {any} */ (form.elements.namedItem(name));
    if (field) field.value = value;
  }
}

/** A name for one submission; unlike randomUUID it can be had without TLS. */
export const newKey = () => crypto.getRandomValues(new Uint32Array(4)).join("-");

/** @type {(name: string, ranges?: Range[]) => void} show them as ::highlight(name) */
export const paint = (name, ranges = []) =>
  void CSS.highlights?.set(name, new Highlight(...ranges));

/** @type {(name: string, values?: Fields) => string} a text of `#strings`, {names} replaced */
export const say = (name, values = {}) =>
  (find("#strings")?.dataset[name] ?? "").replace(/{(\w+)}/g, (_, key) => values[key]);

/** @type {(text: string) => void} have it read aloud when the screen reader is idle */
export function announce(text) {
  const region = find("#announcer");
  if (region) region.textContent = text;
}

/** @type {(text: string) => void} show it for six seconds; `#toasts` is a live region */
export function toast(text) {
  const note = document.createElement("p");
  note.className = "toast";
  note.textContent = text;
  if (text) find("#toasts")?.append(note);
  setTimeout(() => note.remove(), 6000);
}

/** @type {((key: string) => boolean)[]} the open page's own keys, asked before the reader's */
export const pageKeys = (globalThis.postilKeys ??= []);
