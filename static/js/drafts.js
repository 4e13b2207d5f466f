/**
 * Words that are not saved yet, kept in this browser for the person who wrote them: through a
 * failed request, an expired sign-in, a closed tab. Signing out forgets them.
 */
import { around, fill, find, findAll, on, say } from "./page.js";

const PREFIX = "postil:";
const WORDS = ["body", "replacement", "tags", "exact", "reason", "words"];
const PASSAGE = ["ref", "start", "end", "exact", "prefix", "suffix", "motivation"];

/** @type {Map<Form, number>} timers of forms that are being written in */
const waiting = new Map();

/** @type {(form: Form) => Fields} */
const fieldsOf = (form) => /** @type {any} */ (Object.fromEntries(new FormData(form)));

/** @type {(name: string) => string} per person; new annotations also per document */
function keyOf(name) {
  const scope = name.startsWith("new-") ? location.pathname.split("/")[2] : "";
  return [PREFIX + (document.body.dataset.viewer ?? ""), scope, name].join(" ");
}

/** @type {(key: string) => Fields | null} */
function read(key) {
  try {
    return JSON.parse(localStorage.getItem(key) ?? "null");
  } catch {
    return null;
  }
}

/** @type {(prefix: string) => string[]} */
const keysFrom = (prefix) => Object.keys(localStorage).filter((key) => key.startsWith(prefix));

/** @type {(keys: string[]) => void} */
function forgetAll(keys) {
  waiting.forEach((timer) => clearTimeout(timer));
  waiting.clear();
  keys.forEach((key) => localStorage.removeItem(key));
}

/** @type {(name: string) => void} by the form's data-draft */
export const forget = (name) => forgetAll([keyOf(name)]);

/** @type {(form: Form) => void} */
export function keep(form) {
  clearTimeout(waiting.get(form));
  waiting.delete(form);
  const { csrfmiddlewaretoken: _, ...fields } = fieldsOf(form);
  try {
    localStorage.setItem(keyOf(form.dataset.draft ?? ""), JSON.stringify(fields));
  } catch {
    // Storage is full or forbidden: the words are still in the form.
  }
}

/** @type {(form: Form) => void} put kept words back; the form's own passage stays */
export function restore(form) {
  const name = form.dataset.draft ?? "";
  const draft = read(keyOf(name));
  const own = fieldsOf(form);
  if (!draft) return;
  if (own.start) PASSAGE.forEach((field) => delete draft[field]);
  if (!WORDS.some((field) => draft[field] && draft[field] !== own[field])) return;
  fill(form, draft);
  const note = document.createElement("p");
  const discard = document.createElement("button");
  Object.assign(note, { className: "restored hint", textContent: say("restored") + " " });
  Object.assign(discard, { className: "quiet", type: "button", textContent: say("discard") });
  discard.onclick = () => {
    forget(name);
    fill(form, own);
    note.remove();
    find("textarea", form)?.focus();
  };
  note.append(discard);
  find(".actions", form)?.before(note);
}

/** The fields of a new annotation of this document that was not saved, or undefined. */
export const unsaved = () =>
  keysFrom(keyOf("new-"))
    .map(read)
    .find((draft) => draft?.start && (draft.body || draft.motivation !== "commenting"));

/** @type {(root: Element) => void} */
function welcome(root) {
  const forms = root.matches("form[data-draft]") ? [root] : findAll("form[data-draft]", root);
  for (const form of /** @type {Form[]} */ (forms)) {
    // An answer to its own submission holds the words already, and perhaps a newer version.
    if (find(".errors, .field-error", form)) keep(form);
    else restore(form);
  }
}

export function startDrafts() {
  findAll("[data-saved-draft]").forEach(({ dataset }) => forget(dataset.savedDraft ?? ""));
  welcome(document.body);
  on("htmx:load", ({ detail }) => welcome(detail.elt));
  on("input", (event) => {
    const form = around(event, "form[data-draft]");
    if (!form) return;
    clearTimeout(waiting.get(form));
    waiting.set(form, setTimeout(keep, 300, form));
  });
  addEventListener("pagehide", () => [...waiting.keys()].forEach(keep));
  const leave = (/** @type {{target: Form}} */ { target }) => {
    if (target.dataset.draft) keep(target);
    // Nothing may wait here for the next person at this browser.
    else if (/(logout|erase)\/$/.test(target.getAttribute("action") ?? ""))
      forgetAll(keysFrom(PREFIX));
  };
  on("submit", leave, true);
  on("postil:saved", ({ detail: { key, draft } }) =>
    forgetAll([
      keyOf(draft),
      ...keysFrom(PREFIX).filter((at) => key && read(at)?.client_key === key),
    ]),
  );
}
