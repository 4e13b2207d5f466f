/** What others do at the desk appears while one works; nobody's open form is touched. */
import { announce, find, findAll, htmx, on } from "./page.js";
import { follow } from "./stream.js";

const SOON = 100; // milliseconds
const STAY = 10_000; // how often to say that one is still here, while the stream tells what happens
const EVERY = 4000; // how often to ask without a stream
const SLOWLY = 30_000;

/** @type {any} the form that holds the address, the token and the texts */
let live = null;
let known = 0;
let failures = 0;
let at = "";
let isAsking = false;
let isAsked = false; // to ask once more
let timer = 0;
let dueAt = Infinity;
let isListening = () => false;

/** @type {Map<string, number>} by uid: the event up to which its card is up to date */
const fresh = new Map();

/** @type {Map<string, {uid: string, ref: string}>} threads that came since the page was made */
const news = new Map();

/** @type {(uid: string) => HTMLElement | null} */
const cardOf = (uid) => document.getElementById(`r-${uid}`);

/** @type {(name: string, values?: Record<string, unknown>) => string} */
const said = (name, values = {}) =>
  (live?.dataset[name] ?? "").replace(/{(\w+)}/g, (/** @type {string} */ _, /** @type {string} */ key) => values[key]);

/** @type {(card: HTMLElement, name: string) => HTMLElement} a line of the card that this keeps */
function line(card, name) {
  const there = find(`.${name}`, card);
  if (there) return there;
  const made = document.createElement("p");
  made.className = `live ${name}`;
  card.prepend(made);
  return made;
}

/** @type {(card: HTMLElement) => boolean} whether a form is open in it, which is not to be lost */
const isBusy = (card) => Boolean(find(".slot form, [id^='slot-'] form", card));

/** @type {(uid: string) => Promise<void>} fetch the card anew; an open form moves over into it */
async function refresh(uid) {
  const card = cardOf(uid);
  if (!card) return;
  const answer = await fetch(`/a/${uid}/review/`, { headers: { "HX-Request": "true" } });
  if (answer.status === 404) return gone(uid);
  if (!answer.ok) return;
  const box = document.createElement("template");
  box.innerHTML = await answer.text();
  const made = /** @type {HTMLElement | null} */ (box.content.querySelector(`#r-${uid}`));
  if (!made || !card.isConnected) return;
  const had = card.contains(document.activeElement) ? document.activeElement : null;
  const [slot, empty] = [find(`#slot-${uid}`, card), made.querySelector(`#slot-${uid}`)];
  if (slot?.firstElementChild && empty) empty.replaceWith(slot);
  card.replaceWith(made);
  htmx()?.process(made);
  const again = /** @type {HTMLElement | null} */ (had?.isConnected ? had : had && document.getElementById(had.id));
  if (had) (again ?? made).focus({ preventScroll: true });
}

/** @type {(uid: string) => void} */
function gone(uid) {
  const card = cardOf(uid);
  if (card) line(card, "changed").textContent = said("gone");
}

/** @type {(uid: string) => void} say that it changed, and leave it to the person when to look */
function offer(uid) {
  const card = /** @type {HTMLElement} */ (cardOf(uid));
  const note = line(card, "changed");
  if (note.firstElementChild) return;
  const look = document.createElement("button");
  Object.assign(look, { type: "button", className: "quiet", textContent: said("look") });
  look.onclick = () => refresh(uid);
  note.replaceChildren(`${said("changed")} `, look);
  announce(note.textContent ?? "");
}

/** @type {(people: {name: string, thread: string}[]) => void} */
function showPeople(people) {
  const by = Map.groupBy
    ? Map.groupBy(people, ({ thread }) => thread)
    : people.reduce((all, one) => all.set(one.thread, [...(all.get(one.thread) ?? []), one]), new Map());
  for (const note of findAll(".live.presence")) {
    const uid = (note.closest("[id^='r-']")?.id ?? "").slice(2);
    if (!by.has(uid)) note.remove();
  }
  for (const [uid, all] of by) {
    const card = uid && cardOf(uid);
    if (!card) continue;
    const name = all.map((/** @type {{name: string}} */ one) => one.name).join(", ");
    const text = said(all.length > 1 ? "moreHere" : "oneHere", { name });
    const note = line(card, "presence");
    if (note.textContent === text) continue;
    note.textContent = text;
    if (uid === at) announce(text);
  }
}

function showNews() {
  for (const note of findAll(".live.news")) note.remove();
  const by = new Map();
  for (const { uid, ref } of news.values())
    if (!cardOf(uid)) by.set(ref, (by.get(ref) ?? 0) + 1);
  for (const [ref, n] of by) {
    const place = ref && find(`#review-${ref} .stretch-threads`);
    if (!place) continue;
    const note = document.createElement("p");
    const link = document.createElement("a");
    note.className = "live news";
    link.href = location.pathname + location.search;
    link.textContent = said(n > 1 ? "newThreads" : "newThread", { n });
    note.append(link);
    place.append(note);
  }
}

function offerReload() {
  const place = find("#review-news");
  if (!place || place.firstElementChild) return;
  const link = document.createElement("a");
  link.href = location.pathname + location.search;
  link.textContent = said("reload");
  place.append(link);
}

/** @type {(answer: any) => void} */
function take({ event, changed, gone: away, too_many: tooMany, people }) {
  known = event;
  if (tooMany) offerReload();
  for (const { uid, ref, event: number, is_new: isNew } of changed) {
    const card = cardOf(uid);
    if (!card && isNew) news.set(uid, { uid, ref });
    const upTo = Math.max(fresh.get(uid) ?? 0, Number(card?.dataset.event ?? 0));
    if (!card || upTo >= number) continue;
    if (isBusy(card)) offer(uid);
    else void refresh(uid);
  }
  away.forEach(gone);
  showPeople(people);
  showNews();
}

/** @type {(delay: number) => void} ask after so long, or before if that was said already */
function ask(delay) {
  const time = Date.now() + delay;
  if (time >= dueAt) return;
  clearTimeout(timer);
  dueAt = time;
  timer = setTimeout(beat, delay);
}

async function beat() {
  dueAt = Infinity;
  if (isAsking) return void (isAsked = true);
  isAsking = true;
  isAsked = false;
  if (document.visibilityState === "visible") {
    const body = new FormData(live);
    body.set("known", String(known));
    body.set("thread", at);
    const cards = findAll("[id^='r-']").slice(0, 300);
    body.set("shown", cards.map(({ id }) => id.slice(2)).join(" "));
    try {
      const answer = await fetch(live.getAttribute("action"), { method: "POST", body });
      if (!answer.ok) throw new Error(String(answer.status));
      take(await answer.json());
      failures = 0;
    } catch {
      failures += 1; // the next one may get through; what was missed is asked for then
    }
  }
  isAsking = false;
  ask(isAsked ? SOON : failures > 2 ? SLOWLY : isListening() ? STAY : EVERY);
}

export function startReviewLive() {
  live = find("#review-live");
  if (!live) return;
  known = Number(live.dataset.event);
  on("focusin", (event) => {
    const card = event.target.closest?.("[id^='r-']");
    if (!card || at === card.id.slice(2)) return;
    at = card.id.slice(2);
    ask(SOON);
  });
  on("postil:saved", ({ detail: { uid, event } }) => {
    if (event) fresh.set(uid, Number(event));
  });
  void beat();
  isListening = follow(live.dataset.live, live.dataset.event, () => ask(SOON)).isOpen;
}
