/** The review desk by single keys: from thread to thread, and on to what waits. */
import { announce, around, find, findAll, on, pageKeys } from "./page.js";

const cards = () => findAll(".review .desk-card");

/** @type {(name: string) => string} a text that the desk brings along */
const said = (name) => find(".review")?.dataset[name] ?? "";

/** The card that the keys act on, or null. */
const current = () => document.activeElement?.closest?.(".desk-card") ?? null;

/** The first card that is on the screen, for whoever has not been at one yet. */
const firstVisible = () => cards().find((card) => card.getBoundingClientRect().bottom > 80);

/** @type {(card: any) => boolean} */
function show(card) {
  if (!card) return false;
  card.focus({ preventScroll: true });
  const { top, bottom } = card.getBoundingClientRect();
  if (top < 0 || bottom > innerHeight) {
    card.scrollIntoView({ block: bottom - top > innerHeight ? "start" : "center" });
  }
  return true;
}

/** @type {(selector: string) => boolean} follow a link of the page, if it is there */
function follow(selector) {
  const link = find(selector);
  link?.click();
  return Boolean(link);
}

/** @type {(by: number) => void} */
function step(by) {
  const all = cards();
  const at = all.indexOf(/** @type {any} */ (current()));
  if (show(at < 0 ? firstVisible() : all[at + by])) return;
  if (!follow(`.review-turn [rel=${by > 0 ? "next" : "prev"}]`)) announce(said(by > 0 ? "last" : "first"));
}

/** @type {() => boolean} go to the next card on this page without a decision, if there is one */
function nextHere() {
  const all = cards();
  const at = all.indexOf(/** @type {any} */ (current()));
  const card = all.find((one, index) => index > at && one.matches(".is-undecided"));
  return show(card);
}

/** The next card without a decision, on this page or on those after it. */
function nextUndecided() {
  if (nextHere() || follow("[data-do=next-undecided]")) return;
  // From the end on to what was passed over, unless that is what one is looking at.
  const isAll = new URLSearchParams(location.search).get("state") === "undecided" && !cards().length;
  if (isAll || !follow("[data-do=undecided]")) announce(said("none"));
}

/** @type {(by: number) => void} to the first thread of the next paragraph, or of the one before */
function stepParagraph(by) {
  const all = findAll(".review .stretch");
  const here = document.activeElement?.closest?.(".stretch") ?? firstVisible()?.closest(".stretch");
  const next = all[all.indexOf(/** @type {any} */ (here)) + (current() ? by : 0)];
  if (show(next && find(".desk-card", next))) return;
  if (!follow(`.review-turn [rel=${by > 0 ? "next" : "prev"}]`)) announce(said(by > 0 ? "last" : "first"));
}

/** @type {(name: string) => void} follow the card's link for the act */
function act(name) {
  const card = current();
  if (!card) return void show(firstVisible()); // first show what the key would act on
  find(`[data-act="${name}"]`, /** @type {any} */ (card))?.click();
}

function tick() {
  const box = current() && /** @type {any} */ (find(".tick input", /** @type {any} */ (current())));
  if (!box) return void show(firstVisible());
  box.checked = !box.checked;
  announce(box.closest("label").textContent + (box.checked ? " ✓" : ""));
}

/** @type {Record<string, () => void>} */
const KEYS = {
  n: () => step(1),
  p: () => step(-1),
  u: nextUndecided,
  "]": () => stepParagraph(1),
  "[": () => stepParagraph(-1),
  d: () => act("decide"),
  r: () => act("reply"),
  a: () => act("assign"),
  t: () => act("label"),
  o: () => act("open"),
  x: tick,
  f: () => current() && void find(".campaign-fold button", /** @type {any} */ (current()))?.click(),
  b: () => /** @type {any} */ (find("[form=ticked][type=submit]"))?.click(),
  "/": () => void follow("#choose-threads"),
  m: () => void follow("[data-do=responses]"),
};

/** @type {(key: string) => boolean} false where there is no desk, or it has no such key */
function press(key) {
  if (!find(".review") || !Object.hasOwn(KEYS, key)) return false;
  KEYS[key]();
  return true;
}

/** The thread that a reviewer comes for: the one in the address, or the first that waits. */
function arrive() {
  const named = location.hash && document.getElementById(location.hash.slice(1));
  if (named && named.matches(".desk-card")) return void show(named);
  if (new URLSearchParams(location.search).has("at")) show(cards()[0]);
}

export function startReview() {
  if (!find(".review")) return;
  pageKeys.push(press);
  arrive();
  on("htmx:afterSettle", ({ detail: { requestConfig } }) => {
    if (requestConfig?.target?.id === "filter-place") find("#filter-place select, #filter-place input")?.focus();
  });
  // A saved decision: on to the next that waits on this page; turning it is the reviewer's to do.
  on("postil:saved", ({ detail }) => {
    if (!detail.draft?.startsWith("decide-")) return;
    setTimeout(() => {
      const at = document.activeElement;
      if (!at || at === document.body || at.closest(`#r-${detail.uid}`)) {
        show(document.getElementById(`r-${detail.uid}`));
        if (!nextHere()) announce(said("lastHere"));
      }
    }, 60);
  });
  on("keydown", (event) => {
    const place = event.key === "Escape" && around(event, "#filter-place");
    if (!place) return;
    place.replaceChildren();
    find("#choose-threads")?.focus();
  });
}
