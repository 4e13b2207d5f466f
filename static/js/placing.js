/** Moving a case at the desk by selecting words in the new text. */
import { describe, spanOf } from "./offsets.js";
import { around, fill, find, on } from "./page.js";

/** @type {(panel: HTMLElement, range: Range) => void} put the selected words into the form */
function take(panel, range) {
  const named = `#${panel.id} .desk-block`;
  const form = /** @type {Form | null} */ (panel.closest("form"));
  const span = spanOf(range, named);
  if (!form || !span) return;
  const { ref, start, end, exact } = describe(span, named);
  fill(form, { start, end, exact, paragraph: find(`${named}[data-ref="${ref}"]`)?.dataset.name });
}

function refresh() {
  const selection = getSelection();
  const panel = selection?.anchorNode?.parentElement?.closest(".case-text");
  if (selection && panel && !selection.isCollapsed) take(panel, selection.getRangeAt(0));
}

/** @type {(panel: HTMLElement) => void} show the paragraph that is meant in the middle */
function centre(panel) {
  const region = find(".desk-blocks", panel);
  const near = find(".is-near", panel);
  if (region && near) region.scrollTop = near.offsetTop - region.clientHeight / 3;
}

export function startPlacing() {
  let timer = 0;
  on("selectionchange", () => {
    clearTimeout(timer);
    timer = setTimeout(refresh, 100);
  });
  // What is written by hand stands nowhere yet.
  on("input", (event) => {
    const form = around(event, "form.case-move-form");
    if (form) fill(form, { start: "", end: "" });
  });
  on("htmx:afterSettle", ({ detail: { requestConfig } }) => {
    const panel = document.getElementById(requestConfig?.target?.id ?? "");
    // A form that came in open, or was opened at once, has told nobody who listens.
    find(".case-move[open]", panel ?? document)?.dispatchEvent(new Event("toggle"));
    if (!panel?.matches(".case-text")) return;
    centre(panel);
    if (document.activeElement === document.body) find(".desk-blocks", panel)?.focus();
  });
}
