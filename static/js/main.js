/** Starts what makes the page comfortable; everything also works without. */
import { startComposer } from "./composer.js";
import { startDrafts } from "./drafts.js";
import { startKeys } from "./keys.js";
import { startMargin } from "./margin.js";
import { startPreferences } from "./preferences.js";
import { startRequests } from "./requests.js";
import { startSelection } from "./selection.js";
import { startSheet } from "./sheet.js";
import { startThreads } from "./threads.js";

/** A page back from the browser's memory may be from before its reader signed out. */
function startReturns() {
  addEventListener("pageshow", ({ persisted }) => {
    if (persisted && document.body.dataset.viewer) location.reload();
  });
}

for (const start of [
  startReturns,
  startPreferences,
  startSelection,
  startMargin,
  startThreads,
  startSheet,
  startDrafts,
  startRequests,
  startComposer,
  startKeys,
]) {
  try {
    start();
  } catch (error) {
    console.error(error); // one comfort less; the others still start
  }
}
