/** The form for a new annotation, filled from a passage and put beside it. */
import { forget, restore, unsaved } from "./drafts.js";
import { textFragment } from "./fragments.js";
import { activate, focus } from "./margin.js";
import { describe, rangesOf } from "./offsets.js";
import {
  around,
  fill,
  find,
  findAll,
  htmx,
  isWide,
  newKey,
  on,
  paint,
  say,
  toast,
} from "./page.js";
import { openSheet } from "./sheet.js";

/** Whether there is a form to annotate with. */
export const mayAnnotate = () => Boolean(find("template#composer-template"));

/** @type {(action: string, span: Span) => void} a motivation or "copy", done to a passage */
export function act(action, span) {
  if (action === "copy") return copyLink(span);
  const form = compose(describe(span), action);
  if (!form) return;
  getSelection()?.removeAllRanges();
  if (action === "highlighting") {
    const seenBy = String(new FormData(form).get("visibility"));
    if (!seenBy.startsWith("group:")) fill(form, { visibility: "private" });
    form.closest(".composer")?.toggleAttribute("hidden", true);
    form.requestSubmit();
  } else {
    restore(form);
    show(form);
  }
}

/** @type {(span: Span) => void} */
function copyLink({ start, end }) {
  const { prefix, suffix } = describe({ start, end });
  // Browsers look for whole words only.
  const before = /[\p{L}\p{M}\p{N}]*$/u.exec(prefix)?.[0] ?? "";
  const after = /^[\p{L}\p{M}\p{N}]*/u.exec(suffix)?.[0] ?? "";
  const passage = describe({ start: start - [...before].length, end: end + [...after].length });
  const page = find(`#${passage.ref} a.number`)?.getAttribute("href") ?? "";
  copy(new URL(page + "#" + textFragment(passage), location.href).href);
}

/** @type {(link: string) => Promise<void>} */
async function copy(link) {
  try {
    await navigator.clipboard.writeText(link);
    toast(say("copied"));
  } catch {
    toast(`${say("notCopied")} ${link}`);
  }
}

/**
 * Put a filled form beside its passage, in the place of another one.
 * @type {(passage: Passage, motivation: string) => Form | null}
 */
function compose(passage, motivation) {
  const { ref, start, exact } = passage;
  const section = find(`#t-${ref}`);
  const template = find("template#composer-template")?.content.cloneNode(true);
  const composer = template && find(".composer", /** @type {DocumentFragment} */ (template));
  const form = composer && find("form", composer);
  if (!section || !form) return null;
  close();
  fill(form, { ...passage, motivation, replacement: exact, client_key: newKey() });
  if (motivation !== "editing") fill(form, { replacement: "" });
  form.dataset.draft = `new-${ref}`;
  const quoted = find(".selected-quote", composer);
  if (quoted) quoted.textContent = exact;
  const offset = start - Number(find(`#${ref}`)?.dataset.start);
  Object.assign(composer.dataset, { first: ref, start: offset });
  const cards = findAll("#" + section.id + " > :is(.card, .more)");
  const isAfter = (/** @type {HTMLElement} */ { dataset }) => !(Number(dataset.start) <= offset);
  section.insertBefore(composer, (isWide() ? cards.find(isAfter) : cards[0]) ?? null);
  htmx()?.process(composer);
  paint("postil-selection", rangesOf(passage));
  return form;
}

/** @type {(form: Form) => void} */
function show(form) {
  const composer = form.closest(".composer");
  if (isWide()) activate(composer);
  else openSheet(String(new FormData(form).get("ref")), false);
  const isEdit = new FormData(form).get("motivation") === "editing";
  focus(find(isEdit ? "[name=replacement]" : "[name=body]", form));
}

/** Take the form away. Its words stay in the draft. */
function close() {
  find(".composer")?.remove();
  paint("postil-selection");
}

/** Bring back the form whose words were not saved when the page was left. */
function reopen() {
  const draft = unsaved();
  if (!draft || find(`form[data-draft="new-${draft.ref}"]`)) return;
  const passage = describe({ start: +draft.start, end: +draft.end });
  if (passage.exact !== draft.exact || passage.ref !== draft.ref) return; // not on this page
  const form = compose(passage, draft.motivation);
  if (!form) return;
  restore(form);
  if (location.hash === "#draft") show(form);
}

/** @type {(span: Span) => boolean} whether a form that moves an annotation took the passage */
export function adjust(span) {
  const form = find("form.adjust-form");
  if (form) fill(form, describe(span));
  return Boolean(form);
}

export function startComposer() {
  if (find("#text .block")) reopen();
  on("click", (event) => {
    const button = around(event, "[data-do=cancel]");
    const link = around(event, "a[data-do=copy-link]");
    const form = button?.closest("form");
    const place = form?.closest(".composer, .slot");
    if (link) copy(link.href);
    else if (form && place) {
      forget(form.dataset.draft ?? "");
      if (place.matches(".composer")) close();
      else form.remove();
    }
    if (link || place) event.preventDefault();
  });
  // Words changed by hand are looked for; the place where others were selected no longer counts.
  on("input", (event) => {
    const form = around(event, "form:has([name=exact])");
    if (form && event.target.name === "exact") fill(form, { start: "", end: "" });
  });
  on("postil:saved", () => paint("postil-selection"));
  // A section that is fetched anew must not take an unfinished form with it.
  on("htmx:beforeSwap", ({ detail }) => {
    const composer = find(".composer", detail.target);
    if (!composer || composer.contains(detail.requestConfig.elt)) return;
    const keep = () =>
      composer.isConnected || find(`#t-${composer.dataset.first}`)?.append(composer);
    document.addEventListener("htmx:afterSettle", keep, { once: true });
  });
}
