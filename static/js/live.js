/** What others write appears while one reads. What somebody is busy with is left as it is. */
import { announce, find, findAll, htmx, on, say } from "./page.js";
import { follow } from "./stream.js";

const GATHER = 100; // milliseconds
const SPREAD = 300; // so that a thousand readers do not ask in the same moment
const LOOK_AGAIN = 2000;
const SAY_EVERY = 10_000;
const MOST = 20; // blocks
const STAY = 1500; // before one is taken to read what is on the screen

const text = find("#text");
/** @type {{refs: string[], about?: string[]}[]} */
let news = [];
/** @type {Map<string, number>} by block: how many events it is behind */
const behind = new Map();
/** @type {Set<string>} what was saved from this page, and is on it */
const own = new Set();
let heard = ""; // the number of the last event
let timer = 0;
let untold = 0;
let toldAt = 0;

/** @type {(delay: number) => void} */
function later(delay) {
  clearTimeout(timer);
  timer = setTimeout(catchUp, delay);
}

/** @type {(ref: string) => HTMLElement[]} the block, its threads, its highlights */
const partsOf = (ref) => findAll(`#${ref}, #t-${ref}, #h-${ref}`);

/** What the page says of all its blocks. */
const OF_THE_WHOLE = "#life, #unread, #density";

/** @type {(part: HTMLElement) => unknown} whether somebody writes, reads on, or selects there */
const isBusy = (part) =>
  part.matches(".threads-open, :focus-within") ||
  find(".composer, .slot form", part) ||
  (!getSelection()?.isCollapsed && getSelection()?.containsNode(part, true)) ||
  findAll("textarea", part).some((/** @type {any} */ field) => field.value !== field.defaultValue);

/** @type {(place: Element | null, words: string, act: () => void) => void} what is new, to be shown when asked */
function offer(place, words, act) {
  const last = /** @type {HTMLElement | null} */ (place?.lastElementChild);
  const note = last?.matches(".live-note") ? last : document.createElement("button");
  note.className = "live-note more";
  note.textContent = words;
  note.onclick = act;
  if (note === last) return;
  place?.append(note);
  dispatchEvent(new Event("resize")); // the margin makes room
}

function offerReload() {
  behind.clear();
  offer(find("#toasts"), say("muchNew"), () => location.reload());
}

function catchUp() {
  for (const { refs, about: [uid] = [""] } of news) {
    if (own.delete(uid)) continue;
    // Where it stood on this page changes too.
    const { first, last } = find(`#a-${uid || 0}`)?.dataset ?? {};
    for (const ref of new Set([...refs, first, last]))
      if (ref && partsOf(ref)[0]) behind.set(ref, (behind.get(ref) ?? 0) + 1);
  }
  news = [];
  if (behind.size > MOST) return offerReload();
  const free = [...behind.keys()].filter((ref) => !partsOf(ref).some(isBusy));
  if (free.length) void show(free, isBusy);
  for (const [ref, n] of behind)
    if (!free.includes(ref)) offer(find(`#t-${ref}`), say("newHere", { n: String(n) }), () => show([ref]));
  if (behind.size) later(LOOK_AGAIN);
}

/** @type {(part: HTMLElement, from: DocumentFragment) => void} */
function renew(part, from) {
  const fresh = from.getElementById(part.id);
  if (!fresh) return;
  const stays = find(".composer, .beside", part);
  const unfolded = findAll("details[class]", part).map((/** @type {any} */ { open, className }) => open && className);
  for (const fold of /** @type {any} */ (findAll("details[class]", fresh))) fold.open ||= unfolded.includes(fold.className);
  htmx().swap(part, fresh.outerHTML, { swapStyle: "outerHTML" });
  if (stays) find(`#${part.id}`)?.prepend(stays);
}

/** @type {(refs: string[], isKept?: (part: HTMLElement) => unknown) => Promise<void>} */
async function show(refs, isKept = () => false) {
  const { live, edition, alone } = /** @type {HTMLElement} */ (text).dataset;
  const open = refs.flatMap((ref) => findAll(`#t-${ref} .card-open`)).map(({ dataset }) => dataset.uid);
  const kept = new URLSearchParams(location.search).get("for") ?? "";
  const seen = new Map(behind);
  // The page of one paragraph knows best what is chosen on it: it is fetched as a whole.
  const address =
    alone === undefined
      ? `${live?.replace("/live", "/d")}/fresh/?edition=${edition}&refs=${refs}&open=${open}&for=${kept}&event=${heard}`
      : location.href;
  const answer = await fetch(address, { headers: { "HX-Request": "true" } }).catch(() => null);
  if (answer?.status === 409) return offerReload();
  if (!answer?.ok) return; // it is tried again
  const made = document.createElement("template");
  made.innerHTML = await answer.text();
  for (const ref of refs) {
    if (partsOf(ref).some(isKept)) continue;
    const told = seen.get(ref) ?? 0;
    behind.set(ref, (behind.get(ref) ?? 0) - told);
    if (!behind.get(ref)) behind.delete(ref);
    untold += told;
    for (const part of partsOf(ref)) renew(part, made.content);
  }
  if (find("#margin .card")) find("#margin > .empty")?.remove();
  for (const part of findAll(OF_THE_WHOLE)) if (!part.matches(":focus-within")) renew(part, made.content);
  if (!untold || Date.now() - toldAt < SAY_EVERY) return;
  announce(say("news", { n: String(untold) }));
  untold = 0;
  toldAt = Date.now();
}

/** @type {(news: {at: string, n: number}) => void} how many others read the paragraph */
function showBeside({ at, n }) {
  find(".beside")?.remove();
  const note = document.createElement("span");
  note.className = "beside";
  note.textContent = say(n > 1 ? "besideMany" : "besideOne", { n: String(n) });
  if (n) find(`#${at}`)?.append(note);
}

/** @type {() => string} the paragraph that one reads, if one is signed in and wants to say so */
function placeRead() {
  const isOn = document.body.dataset.viewer && document.documentElement.dataset.beside === "on";
  const isRead = (/** @type {Element} */ block) => block.getBoundingClientRect().bottom > innerHeight / 3;
  const blocks = findAll("#text .block");
  return (isOn && (blocks.find(isRead) ?? blocks.at(-1))?.id) || "";
}

export function startLive() {
  const { live, event } = text?.dataset ?? {};
  if (!live || !htmx()) return;
  on("postil:saved", ({ detail }) => own.add(detail.uid));
  const begin = () => {
    const stream = follow(live, event, (type, data, id) => {
      if (type === "here") return showBeside(data);
      if (type === "reset" || data.name?.startsWith("edition")) return offerReload();
      heard = id;
      news.push(data);
      later(GATHER + Math.random() * SPREAD);
    }, placeRead());
    let timer = 0;
    on("scroll change", () => {
      clearTimeout(timer);
      timer = setTimeout(() => {
        const ref = placeRead();
        if (find(".beside")?.parentElement?.id !== ref) find(".beside")?.remove();
        stream.at(ref);
      }, STAY);
    });
  };
  setTimeout(begin, 1000); // the page comes first
}
