// The Hypothesis client's highlighter, and its own way of finding a place by position.
import { TextRange } from "./src/annotator/anchoring/text-range";
import { Highlighter, updateClusters } from "./src/annotator/highlighter";

export function draw(root, spans) {
  const highlighter = new Highlighter(root);
  for (const [start, end] of spans) {
    const range = TextRange.fromOffsets(root, start, end).toRange();
    highlighter.highlightRange(range, "other-content");
  }
  updateClusters(root);
  highlighter.setHighlightsVisible(true);
}
