// Recogito's text-annotator, drawing what the page lists; the page says with which renderer.
import { createTextAnnotator, reviveAnnotation } from "@recogito/text-annotator";

export function draw(root, spans, { renderer }) {
  const text = root.textContent;
  const annotator = createTextAnnotator(root, renderer ? { renderer } : {});
  const annotations = spans.map(([start, end], nth) => ({
    id: `a${nth}`,
    bodies: [],
    target: {
      annotation: `a${nth}`,
      selector: [{ quote: text.slice(start, end), start, end }],
    },
  }));
  // Its renderer for CSS highlights draws nothing without the ranges that this adds.
  annotator.setAnnotations(annotations.map((each) => reviveAnnotation(each, root)));
}
