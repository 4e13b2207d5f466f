/** Reading and annotating by single keys; the preferences can turn them off. */
import { act, mayAnnotate } from "./composer.js";
import { focus } from "./margin.js";
import { blocks, describe, rangeOf, rangesOf } from "./offsets.js";
import { announce, around, find, findAll, on, pageKeys, paint, say } from "./page.js";
import { sentences } from "./positions.js";
import { hideToolbar, selectedSpan, showToolbar } from "./selection.js";
import { openThreads } from "./threads.js";

/** @type {(Span & {ref: string})[]} of the whole page: its text does not change */
let all = [];
let at = -1; // the current sentence
let anchor = -1; // the other end of what is chosen

function readSentences() {
  const language = find("#text")?.lang || document.documentElement.lang;
  all = blocks().flatMap(({ ref, start, text }) =>
    sentences(text, language).map((span) => ({
      ref,
      start: start + span[0],
      end: start + span[1],
    })),
  );
}

/** What the keys act on: the browser's selection, else the sentences chosen, else null. */
function chosen() {
  const span = selectedSpan();
  if (span || at < 0) return span;
  return { start: all[Math.min(at, anchor)].start, end: all[Math.max(at, anchor)].end };
}

/** The first sentence on the screen. */
function firstVisible() {
  const shown = blocks().find(
    ({ prose }) => prose.getBoundingClientRect().bottom > innerHeight / 8,
  );
  return Math.max(
    0,
    all.findIndex(({ ref }) => ref === shown?.ref),
  );
}

/** @type {(by: number, isExtending?: boolean) => void} */
function step(by, isExtending) {
  if (!all.length) readSentences();
  const next = at < 0 ? firstVisible() : at + by;
  if (!all[next]) return announce(say(by > 0 ? "lastSentence" : "firstSentence"));
  const before = all[at]?.ref;
  at = next;
  if (!isExtending || anchor < 0) anchor = at;
  getSelection()?.removeAllRanges();
  const span = /** @type {Span} */ (chosen());
  paint("postil-sentence", rangesOf(span));
  if (!CSS.highlights) getSelection()?.addRange(rangeOf(span));
  follow(rangeOf(all[at]));
  const { ref } = all[at];
  const n = ref === before ? "" : (find(`#${ref} a.number`)?.textContent ?? "");
  const text = describe(span).exact;
  announce(
    (n && say("paragraph", { n }) + ". ") + (at === anchor ? text : say("selected", { text })),
  );
}

/** @type {(range: Range) => void} scroll to it when it is not well inside the window */
function follow(range) {
  const { top, bottom } = range.getBoundingClientRect();
  const edge = innerHeight / 6;
  const down = Math.min(bottom - innerHeight + edge, top - edge);
  scrollBy({ top: top < edge ? top - edge : Math.max(0, down), behavior: "instant" });
}

/** @type {(action: string) => void} */
function annotate(action) {
  const span = chosen();
  if (!span) return;
  hideToolbar();
  if (action === "copy" || mayAnnotate()) act(action, span);
  else showToolbar(span); // it says how to be allowed
}

/** @type {(by: number) => void} */
function stepThread(by) {
  const cards = findAll("main .card").filter((card) => card.offsetHeight);
  const from = cards.findIndex((card) => card.contains(document.activeElement));
  focus(cards.at(from < 0 && by < 0 ? -1 : from + by));
}

function openHere() {
  if (!all.length) readSentences();
  const point = chosen()?.start ?? all[firstVisible()]?.start;
  const ref = all.filter(({ start }) => start <= point).pop()?.ref;
  if (find(`#${ref} a.count`)) openThreads(String(ref));
  else announce(say("noThreads"));
}

/** @type {(rel: string) => void} */
function turn(rel) {
  const page = find(`[rel~=${rel}][href]`)?.getAttribute("href");
  if (page) location.assign(page);
}

function clear() {
  at = anchor = -1;
  paint("postil-sentence");
}

const showHelp = () => find("dialog#keys")?.showModal();

/** @type {Record<string, () => unknown>} */
const KEYS = {
  j: () => step(1),
  k: () => step(-1),
  J: () => step(1, true),
  K: () => step(-1, true),
  h: () => annotate("highlighting"),
  c: () => annotate("commenting"),
  q: () => annotate("questioning"),
  e: () => annotate("editing"),
  y: () => annotate("copy"),
  o: openHere,
  n: () => stepThread(1),
  p: () => stepThread(-1),
  "]": () => turn("next"),
  "[": () => turn("prev"),
  "?": showHelp,
  Escape: clear,
};

export function startKeys() {
  on("click", (event) => around(event, "[data-do=keys]") && showHelp());
  on("keydown", (event) => {
    const isOn = document.documentElement.dataset.keys === "on" || event.key === "Escape";
    const isOther = event.ctrlKey || event.metaKey || event.altKey;
    const isTyping = around(event, "input, textarea, select, [contenteditable], dialog");
    if (!isOn || isOther || isTyping) return;
    if (!pageKeys.some((press) => press(event.key))) {
      if (!Object.hasOwn(KEYS, event.key)) return;
      KEYS[event.key]();
    }
    if (event.key !== "Escape") event.preventDefault();
  });
}
