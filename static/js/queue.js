/**
 * The moderators' queue by keys: each act is its card's own button, sent without leaving the page.
 * Without this script the same forms work, one page after the other. An appeal has a page of its
 * own and the same keys: there the buttons are pressed, and the next appeal is a link.
 */

const OFF = "postil-queue-keys-off";
const ACTS = "adseo"; // of the card that the keys are at
const queue = /** @type {HTMLElement} */ (document.getElementById("queue"));

/** @type {() => HTMLElement[]} */
const cards = () => [...queue.querySelectorAll(/** @type {"div"} */ (".case"))];

/** The card that has the focus, or that had it last. @type {() => HTMLElement | undefined} */
const current = () =>
  cards().find((card) => card.contains(document.activeElement)) ??
  cards().find((card) => card.classList.contains("is-current"));

/** @type {(card: HTMLElement | undefined) => void} */
function goTo(card) {
  if (!card) return;
  card.focus({ preventScroll: true });
  card.scrollIntoView({ block: "start", behavior: "instant" });
}

/** @type {(by: number) => void} */
function step(by) {
  const all = cards();
  const at = all.findIndex((card) => card === current());
  goTo(all[at < 0 ? 0 : Math.min(all.length - 1, Math.max(0, at + by))]);
}

/** @type {(url: string, body: FormData) => Promise<Response>} */
const post = (url, body) =>
  fetch(url, { method: "POST", body, headers: { "HX-Request": "true" }, redirect: "error" });

/** @type {(card: HTMLElement, html: string) => HTMLElement} */
function put(card, html) {
  const made = document.createRange().createContextualFragment(html).querySelector(".case");
  if (!(made instanceof HTMLElement)) return card;
  made.dataset.claimed = "yes"; // or it is another's
  card.replaceWith(made);
  return made;
}

/** Say that this moderator is at a card, once for each. @type {(card: HTMLElement) => void} */
async function claim(card) {
  for (const other of cards()) other.classList.toggle("is-current", other === card);
  if (card.dataset.claimed) return;
  card.dataset.claimed = "yes";
  const token = card.querySelector("[name=csrfmiddlewaretoken]");
  const body = new FormData();
  if (token instanceof HTMLInputElement) body.set(token.name, token.value);
  const answer = await post(card.dataset.claim ?? "", body).catch(() => undefined);
  if (answer?.status === 409) put(card, await answer.text());
  else if (answer?.status === 404) tell(card, queue.dataset.gone);
}

/** @type {(card: HTMLElement, words: string | undefined) => void} */
function tell(card, words) {
  card.querySelector(".case-told")?.remove();
  const line = document.createElement("p");
  line.className = "case-conflict case-told";
  line.setAttribute("role", "alert");
  line.textContent = words ?? "";
  card.prepend(line);
}

/** Send a card's form, and go on to the next card. @type {(event: SubmitEvent) => void} */
async function decide(event) {
  const form = event.target;
  if (!(form instanceof HTMLFormElement) || !form.classList.contains("case-acts")) return;
  if (form.dataset.whole) return; // its answer is another page
  event.preventDefault();
  const card = /** @type {HTMLElement} */ (form.closest(".case"));
  if (card.dataset.sent) return;
  card.dataset.sent = "yes";
  const answer = await post(form.action, new FormData(form, event.submitter)).catch(() => null);
  delete card.dataset.sent;
  if (answer?.ok) return decided(card, await answer.text());
  if (answer?.status === 409 || answer?.status === 422) goTo(put(card, await answer.text()));
  else tell(card, answer?.status === 404 ? queue.dataset.gone : queue.dataset.failed);
}

/** @type {(card: HTMLElement, latest: string) => void} */
function decided(card, latest) {
  const made = document.createRange().createContextualFragment(latest);
  document.getElementById("queue-latest")?.replaceWith(made);
  const all = cards();
  const next = all[all.indexOf(card) + 1] ?? all[all.indexOf(card) - 1];
  card.remove();
  if (next) goTo(next);
  else location.reload(); // there may be more, and the page says where there is not
}

/** Deny the current card for the reason of this number. @type {(number: number) => void} */
function denyFor(number) {
  const fields = current()?.querySelector(".case-deny[open]");
  const reason = fields?.querySelector("select");
  if (!reason?.options[number]) return;
  reason.selectedIndex = number;
  /** @type {HTMLElement | null | undefined} */ (fields?.querySelector("[value=deny]"))?.click();
}

/** Press what has the key, or go to what must be filled in first. @type {(key: string) => boolean} */
function press(key) {
  const within = ACTS.includes(key) ? current() : document;
  const found = within?.querySelector(`[data-key="${CSS.escape(key)}"]`);
  if (!(found instanceof HTMLElement)) return false;
  const needed = document.getElementById(found.dataset.needs ?? "");
  if (needed instanceof HTMLTextAreaElement && !needed.value.trim()) needed.focus();
  else found.click();
  return true;
}

/** @type {(event: KeyboardEvent) => void} */
function onKey(event) {
  const { key, target } = event;
  const isTyping =
    target instanceof Element && target.matches("input:not([type=checkbox]), textarea, select");
  if (event.ctrlKey || event.metaKey || event.altKey || isTyping || localStorage.getItem(OFF)) {
    return;
  }
  if (key === "j" || key === "k") press(key) || step(key === "j" ? 1 : -1);
  else if (key === "x") current()?.querySelector("input")?.click();
  else if (/^[1-9]$/.test(key)) denyFor(Number(key));
  else if (/^[adseoADSu]$/.test(key)) press(key);
  else return;
  event.preventDefault();
}

const isOn = document.getElementById("queue-keys-on");
if (isOn instanceof HTMLInputElement) {
  isOn.checked = !localStorage.getItem(OFF);
  isOn.addEventListener("change", () =>
    isOn.checked ? localStorage.removeItem(OFF) : localStorage.setItem(OFF, "yes"),
  );
}
document.addEventListener("keydown", onKey);
queue.addEventListener("submit", decide);
queue.addEventListener("focusin", ({ target }) => {
  const card = target instanceof Element && target.closest(".case");
  if (card instanceof HTMLElement) claim(card);
});
