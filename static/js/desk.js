/** The editor's desk: case after case by single keys, and the focus never lost. */
import { announce, around, find, findAll, on, pageKeys } from "./page.js";

const cases = () => findAll(".desk .case");

/** @type {(name: string) => string} a text that the desk brings along */
const said = (name) => find(".desk-cases")?.dataset[name] ?? "";

/** The case that the keys act on, or null. */
const current = () =>
  document.activeElement?.closest(".case") ?? find(".desk .case:target") ?? null;

/** @type {(one: HTMLElement | null | undefined) => void} */
function show(one) {
  one?.focus({ preventScroll: true });
  one?.scrollIntoView({ block: "nearest" });
}

/** @type {(by: number) => void} */
function step(by) {
  const all = cases();
  const here = current();
  const at = all.findIndex((one) => one === here);
  const next = at < 0 ? (find(".desk .case.is-open") ?? all[0]) : all[at + by];
  if (next) show(next);
  else announce(said(by > 0 ? "lastCase" : "firstCase"));
}

/** @type {(key: string) => void} press the button that the key stands on, in the current case */
function press(key) {
  const here = current();
  if (!here) return step(1); // first show what the key would act on
  const button = find(`[data-key="${key}"]`, here);
  if (!button) return announce(said("noSuchKey"));
  const folded = button.closest("details:not([open])");
  if (folded && !button.closest("summary")) folded.setAttribute("open", ""); // seen, then taken
  else button.click();
}

function move() {
  const here = current();
  if (!here) return step(1);
  const form = find("details.case-move", here);
  if (!form) return announce(said("noSuchKey"));
  form.setAttribute("open", "");
  find("input:not([type=hidden])", form)?.focus();
}

/** @type {Record<string, () => void>} */
const KEYS = { j: () => step(1), k: () => step(-1), m: move };
for (const key of ["c", "1", "2", "3", "o", "u"]) KEYS[key] = () => press(key);

/** @type {(key: string) => boolean} false where there is no desk, or it has no such key */
function pressAtDesk(key) {
  if (!find(".desk .case") || !Object.hasOwn(KEYS, key)) return false;
  KEYS[key]();
  return true;
}

/** @type {(here: HTMLElement) => HTMLElement | null} the open case that comes after it, or first */
function nextOpen(here) {
  const open = findAll(".desk .case.is-open");
  const after = open.find(
    (one) => here.compareDocumentPosition(one) & Node.DOCUMENT_POSITION_FOLLOWING,
  );
  return after ?? open[0] ?? null;
}

/** @type {(id: string) => void} go on where the editor would, once a case was swapped */
function goOn(id) {
  const here = document.getElementById(id);
  if (!here) return show(find(".desk .errors"));
  const at = document.activeElement;
  if (at !== here && at !== document.body) return; // busy elsewhere, or with this case already
  const isStill = here.matches(".is-open") || find(".errors", here);
  if (isStill) return show(find("[aria-invalid]", here) ?? here);
  const isEmpty = find(".desk-filters [aria-current] .n")?.textContent === "0";
  show(nextOpen(here) ?? (isEmpty ? here : (find(".desk-filters [aria-current]") ?? here)));
}

export function startDesk() {
  pageKeys.push(pressAtDesk);
  show(find(".desk .case:target"));
  on("htmx:afterSettle", ({ detail: { requestConfig } }) => {
    const id = requestConfig?.target?.id ?? "";
    if (id.startsWith("case-")) goOn(id);
  });
  on("htmx:sendError htmx:timeout htmx:responseError", ({ detail: { elt } }) =>
    show(elt.closest(".case")),
  );
  on("keydown", (event) => {
    const form = event.key === "Escape" && around(event, ".case-move[open]");
    if (!form) return;
    form.removeAttribute("open");
    show(form.closest(".case"));
  });
}
