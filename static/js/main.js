/** Starts what makes the page comfortable; everything also works without. */
import { startComposer } from "./composer.js";
import { startDrafts } from "./drafts.js";
import { startKeys } from "./keys.js";
import { startLive } from "./live.js";
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

/** A link to a paragraph of a book, when that is in another section than the one shown. */
function startPlaces() {
  const place = document.querySelector("#text")?.getAttribute("data-place");
  const lead = () => {
    const ref = /^#([ph][1-9][0-9]*)/.exec(location.hash)?.[1];
    if (ref && !document.getElementById(ref)) location.replace(place?.replace("/at/p1/", `/at/${ref}/`) ?? "");
  };
  if (!place) return;
  addEventListener("hashchange", lead);
  lead();
}

for (const start of [
  startReturns,
  startPlaces,
  startPreferences,
  startSelection,
  startMargin,
  startThreads,
  startSheet,
  startDrafts,
  startRequests,
  startComposer,
  startKeys,
  startLive,
]) {
  try {
    start();
  } catch (error) {
    console.error(error); // one comfort less; the others still start
  }
}
