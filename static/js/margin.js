/** Side notes level with their passages, on screens that have room for a margin. */
import { pack } from "./pack.js";
import { placeOf } from "./offsets.js";
import { around, find, findAll, isWide, on } from "./page.js";

const GAP = 12; // pixels

/** @type {HTMLElement | null} */
let active = null;
/** @type {{card: HTMLElement, top: number}[]} */
let places = [];
let isSought = false; // whether the active card is to be brought into view
let isScheduled = false;
const sizes = new ResizeObserver(schedule);
/** @type {WeakSet<Element>} observing twice would report, and arrange, without end */
const watched = new WeakSet();

/** @type {(element: Element) => boolean} whether it is new */
function watch(element) {
  if (watched.has(element)) return false;
  watched.add(element);
  sizes.observe(element);
  return true;
}

/** @type {(card: HTMLElement) => number | undefined} in pixels of the window */
function passageTop({ dataset: { first, start } }) {
  const prose = first && find(`#${first} .prose`);
  if (!prose) return undefined;
  const range = new Range();
  range.setStart(...placeOf(prose, Number(start)));
  return (range.getClientRects()[0] ?? prose.getBoundingClientRect()).top;
}

function arrange() {
  isScheduled = false;
  const margin = find("#margin");
  margin?.classList.toggle("is-packed", isWide());
  if (!margin || !isWide()) return;
  // A card that was opened is another element under the same name.
  if (active?.id && !active.isConnected) active = find(`#${active.id}`);
  // Read everything, then write: one layout however many cards there are.
  const origin = margin.getBoundingClientRect().top;
  const cards = findAll(".threads > :is(.card, .more)", margin).filter((card) => card.offsetHeight);
  let top = 0; // what has no passage of its own follows the card before it
  const items = cards.map((card) => {
    top = (passageTop(card) ?? top + origin) - origin;
    return { top, height: card.offsetHeight };
  });
  const tops = pack(items, active ? cards.indexOf(active) : -1, GAP);
  cards.forEach((card, i) => card.style.setProperty("--y", `${Math.round(tops[i])}px`));
  // What is new appears where it belongs; only what was there before is seen to move.
  const settled = cards.filter((card) => watch(card) || (isSought && card === active));
  for (const move of margin.getAnimations({ subtree: true })) {
    if (settled.includes(/** @type {any} */ (move.effect).target)) move.finish();
  }
  if (isSought) active?.scrollIntoView({ block: "nearest", behavior: "instant" });
  isSought = false;
  places = cards.map((card, i) => ({ card, top: items[i].top }));
  const bottom = (tops.pop() ?? 0) + (items.pop()?.height ?? 0);
  margin.style.setProperty("min-height", `${Math.ceil(bottom)}px`);
  margin.style.setProperty("clip-path", "inset(0 -1rem)"); // what was pushed out at the top
}

/** Arrange before the next paint, once however often it is asked for. */
function schedule() {
  if (!isScheduled) requestAnimationFrame(arrange);
  isScheduled = true;
}

/** @type {(card?: HTMLElement | null) => void} have it stand exactly at its passage, in view */
export function activate(card) {
  if (!card) return;
  active = card;
  isSought = true;
  schedule();
}

/** @type {(field?: HTMLElement | null) => void} packed cards come into view once they stand */
export const focus = (field) =>
  field?.focus({ preventScroll: Boolean(field.closest(".is-packed .card")) });

/**
 * Have the card level with its passage that is being read. Its line runs from the top of the window
 * at the beginning of the page to the bottom at the end.
 */
function followReading() {
  const margin = find("#margin");
  if (!margin || active?.matches(":focus-within, :hover, :target, .composer")) return;
  const { scrollHeight } = document.documentElement;
  const line = (innerHeight * scrollY) / Math.max(1, scrollHeight - innerHeight);
  const below = line - margin.getBoundingClientRect().top;
  active = places.find(({ top }) => top >= below)?.card ?? active;
  schedule();
}

export function startMargin() {
  const text = find("#text");
  if (!find("#margin") || !text) return;
  watch(text);
  on("htmx:afterSettle", schedule);
  document.fonts.ready.then(schedule);
  addEventListener("resize", schedule);
  let timer = 0;
  on("scroll", () => {
    clearTimeout(timer);
    timer = setTimeout(followReading, 100);
  });
  // Cards do not move between press and release: the click would miss what it was aimed at.
  let isPressed = false;
  on("pointerdown", () => (isPressed = true));
  on("pointerup pointercancel", () => (isPressed = false));
  on("focusin click", (event) => isPressed || activate(around(event, "#margin .card")));
  activate(find("#margin .card:is(:target, :has(:target))"));
}
