/** Passages and their cards light each other, and lead to each other. */
import { activate, focus } from "./margin.js";
import { around, find, findAll, isWide, on } from "./page.js";
import { covers } from "./positions.js";
import { openSheet } from "./sheet.js";

const CARD = ".card[data-last]";

/** @type {HTMLElement | null} what is pointed at */
let source = null;

/** @type {(pointed: HTMLElement) => HTMLElement[]} the marks of a card, the cards of a mark */
function partners(pointed) {
  const refs = findAll("#text .block").map(({ id }) => id);
  const isPartner = (/** @type {HTMLElement} */ card, /** @type {HTMLElement} */ mark) => {
    const { first = "", start, last = "", end } = card.dataset;
    const span = {
      first: refs.indexOf(first), // -1: begins before what this page shows
      start: Number(start),
      last: refs.includes(last) ? refs.indexOf(last) : refs.length,
      end: Number(end),
    };
    const block = refs.indexOf(mark.closest(".block")?.id ?? "");
    return covers(span, block, Number(mark.dataset.s), Number(mark.dataset.e));
  };
  return pointed.matches("mark")
    ? findAll(CARD).filter((card) => isPartner(card, pointed))
    : findAll("#text mark").filter((mark) => isPartner(pointed, mark));
}

/** @type {(event: Event) => void} */
function light(event) {
  const focused = document.activeElement?.closest(CARD);
  const pointed = around(event, `${CARD}, #text mark`) ?? /** @type {any} */ (focused);
  if (pointed === source) return;
  findAll(".lit").forEach((element) => element.classList.remove("lit"));
  source = pointed;
  if (pointed) [pointed, ...partners(pointed)].forEach((element) => element.classList.add("lit"));
}

/** @type {(ref: string, card?: HTMLElement) => void} in the margin, or in the sheet without one */
export function openThreads(ref, card) {
  if (!isWide()) return openSheet(ref, true);
  const shown = card ?? find(`#t-${ref} > .card`);
  activate(shown);
  focus(shown);
}

/** @type {(event: MouseEvent) => void} */
function open(event) {
  const mark = around(event, "#text mark");
  const from = mark ?? around(event, "#text a.count");
  const block = from?.closest(".block");
  const isOther = event.ctrlKey || event.metaKey || event.shiftKey || !getSelection()?.isCollapsed;
  if (!block || isOther || (mark && around(event, "a"))) return;
  const card = mark ? partners(mark)[0] : undefined;
  if (!card && !find("a.count", block)) return; // bare highlights only
  event.preventDefault();
  openThreads(block.id, card);
}

export function startThreads() {
  on("pointerover focusin", light);
  on("click", open);
}
