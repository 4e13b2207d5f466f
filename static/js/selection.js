/** What is selected in the text, and the toolbar that says what can be done with it. */
import { adjust, act } from "./composer.js";
import { rangeOf, spanOf } from "./offsets.js";
import { around, find, findAll, on } from "./page.js";

const SPACE = 8; // pixels around the toolbar

/** @type {Span | null} what the toolbar is about */
let span = null;
let isPressed = false;

/** The words selected by the browser's own means, or null. */
export function selectedSpan() {
  const selection = getSelection();
  return selection?.rangeCount && !selection.isCollapsed ? spanOf(selection.getRangeAt(0)) : null;
}

/**
 * Show the toolbar above a passage or, without room, below. Style sheets lay it at the bottom of
 * touch screens, where it does not meet the system's own menu.
 * @type {(chosen: Span) => void}
 */
export function showToolbar(chosen) {
  const toolbar = find("#toolbar");
  const lines = [...rangeOf(chosen).getClientRects()].filter((line) => line.width);
  if (!toolbar || !lines.length) return;
  span = chosen;
  toolbar.hidden = false;
  const { offsetWidth, offsetHeight } = toolbar;
  const above = lines[0].top - offsetHeight - SPACE;
  const isAbove = above > SPACE;
  const last = lines[lines.length - 1];
  const left = Math.min((isAbove ? lines[0] : last).left, innerWidth - offsetWidth - SPACE);
  const top = Math.min(isAbove ? above : last.bottom + SPACE, innerHeight - offsetHeight - SPACE);
  toolbar.style.setProperty("--x", `${Math.max(SPACE, left)}px`);
  toolbar.style.setProperty("--y", `${Math.max(SPACE, top)}px`);
}

export function hideToolbar() {
  const toolbar = find("#toolbar");
  if (toolbar) toolbar.hidden = true;
  span = null;
}

function refresh() {
  if (isPressed) return;
  const chosen = selectedSpan();
  if (chosen) adjust(chosen) || showToolbar(chosen);
  else if (!find("#toolbar")?.contains(document.activeElement)) hideToolbar();
}

/** @type {(event: KeyboardEvent) => void} arrow keys move inside the toolbar */
function step(event) {
  const by = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
  const buttons = findAll("#toolbar > *");
  const from = buttons.indexOf(around(event, "#toolbar > *") ?? document.body);
  if (!by || from < 0) return;
  buttons[(from + by + buttons.length) % buttons.length].focus();
  event.preventDefault();
}

export function startSelection() {
  if (!find("#text")) return;
  let timer = 0;
  on("selectionchange", () => {
    clearTimeout(timer);
    timer = setTimeout(refresh, 200);
  });
  on("pointerdown", (event) => (isPressed = !around(event, "#toolbar")));
  on("pointerup pointercancel", (event) => {
    isPressed = false;
    if (!around(event, "#toolbar")) setTimeout(refresh);
  });
  addEventListener("scroll", () => span && showToolbar(span), { passive: true });
  on("keydown", (event) => (event.key === "Escape" ? hideToolbar() : step(event)));
  // Pressing a button would end the selection.
  on("mousedown", (event) => around(event, "#toolbar") && event.preventDefault());
  on("click", (event) => {
    const action = around(event, "#toolbar [data-do]")?.dataset.do;
    if (!action || !span) return;
    act(action, span);
    hideToolbar();
  });
}
