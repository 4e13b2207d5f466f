/** Between the page and the edition's plain text. */
import { find, findAll } from "./page.js";
import { quote, toUnits, trimmed } from "./positions.js";

const TEXT = "#text .block";

/** @type {(named?: string) => Block[]} the blocks on the page, in reading order */
export const blocks = (named = TEXT) =>
  findAll(named).flatMap((element) => {
    const prose = find(".prose", element);
    const { ref = "", start } = element.dataset;
    return prose ? [{ ref, start: Number(start), text: prose.textContent ?? "", prose }] : [];
  });

/** @type {(prose: Node, node: Node, offset: number) => number} */
function unitsBefore(prose, node, offset) {
  const range = new Range();
  range.setStart(prose, 0);
  range.setEnd(node, offset);
  return range.toString().length;
}

/**
 * The words in it; one of its ends must be in the text.
 * @type {(range: Range, named?: string) => Span | null}
 */
export function spanOf(range, named = TEXT) {
  const { startContainer: first, endContainer: last } = range;
  const touched = blocks(named).filter(({ prose }) => range.intersectsNode(prose));
  if (!touched.some(({ prose }) => prose.contains(first) || prose.contains(last))) return null;
  const pieces = touched.flatMap(({ prose, text, start }) => {
    const from = prose.contains(first) ? unitsBefore(prose, first, range.startOffset) : 0;
    const to = prose.contains(last) ? unitsBefore(prose, last, range.endOffset) : text.length;
    const piece = trimmed(text, from, to);
    return piece ? [{ start: start + piece[0], end: start + piece[1] }] : [];
  });
  return pieces[0] ? { start: pieces[0].start, end: pieces[pieces.length - 1].end } : null;
}

/**
 * The place in the page of a code point of an element's text. An end belongs to the character
 * before it, a start to the one after.
 * @type {(prose: HTMLElement, point: number, isEnd?: boolean) => [Node, number]}
 */
export function placeOf(prose, point, isEnd) {
  const walker = document.createTreeWalker(prose, NodeFilter.SHOW_TEXT);
  let left = toUnits(prose.textContent ?? "", point);
  while (walker.nextNode()) {
    const { length } = /** @type {Text} */ (walker.currentNode);
    if (left < length || (isEnd && left === length)) return [walker.currentNode, left];
    left -= length;
  }
  return [prose, prose.childNodes.length];
}

/** @type {(span: Span) => Range[]} its part of each block */
export const rangesOf = ({ start, end }) =>
  blocks().flatMap(({ prose, text, ...block }) => {
    const range = new Range();
    const [from, to] = [start - block.start, end - block.start];
    if (to <= 0 || from >= text.length) return [];
    range.setStart(...placeOf(prose, Math.max(0, from)));
    range.setEnd(...placeOf(prose, to, true));
    return range.collapsed ? [] : [range];
  });

/** @type {(span: Span) => Range} */
export function rangeOf(span) {
  const [range, ...rest] = rangesOf(span);
  const last = rest.pop();
  if (last) range.setEnd(last.endContainer, last.endOffset);
  return range;
}

/** @type {(span: Span, named?: string) => Passage} as the annotation form wants it */
export function describe({ start, end }, named = TEXT) {
  const all = blocks(named);
  const text = all.map((block) => block.text).join("\n\n");
  const first = all[0].start;
  const { ref } = all.filter((block) => block.start <= start).pop() ?? all[0];
  return { ref, start, end, ...quote(text, start - first, end - first) };
}
