/**
 * Positions in text. The server counts code points, the browser UTF-16 units.
 *
 */
const CONTEXT = 32;

/** @type {(text: string, unit: number) => number} units of the character at `unit` */
const width = (text, unit) => (/** @type {number} */ (text.codePointAt(unit)) > 0xffff ? 2 : 1);

/** @type {(text: string, point: number) => number} units before a code point */
export function toUnits(text, point) {
  let unit = 0;
  for (; point > 0 && unit < text.length; point--) unit += width(text, unit);
  return unit;
}

/** @type {(text: string, unit: number) => number} code points before `unit`, a cut one included */
export function toPoints(text, unit) {
  let point = 0;
  for (let at = 0; at < unit && at < text.length; point++) at += width(text, at);
  return point;
}

/**
 * The code points of the text from one unit to another, without white space at either end; null
 * when nothing is left. Characters cut in two are taken whole.
 * @type {(text: string, from: number, to: number) => [number, number] | null}
 */
export function trimmed(text, from, to) {
  const words = text.slice(from, to);
  const start = to - words.trimStart().length;
  const end = from + words.trimEnd().length;
  // Up to and with the character that holds the first unit, less that character.
  return start < end ? [toPoints(text, start + 1) - 1, toPoints(text, end)] : null;
}

/**
 * The passage between two code points in its words, with 32 characters on either side.
 * @type {(text: string, start: number, end: number) => Quote}
 */
export function quote(text, start, end) {
  const points = [...text];
  const cut = (/** @type {number} */ from, /** @type {number} */ to) =>
    points.slice(Math.max(0, from), to).join("");
  return {
    exact: cut(start, end),
    prefix: cut(start - CONTEXT, start),
    suffix: cut(end, end + CONTEXT),
  };
}

/** @type {(text: string, language: string) => [number, number][]} in code points, trimmed */
export function sentences(text, language) {
  const parts = new Intl.Segmenter(language, { granularity: "sentence" }).segment(text);
  return [...parts].flatMap(({ index, segment }) => {
    const span = trimmed(text, index, index + segment.length);
    return span ? [span] : [];
  });
}

/**
 * Whether a piece [start, end) of a block lies inside a span. Blocks go by their number.
 * @type {(span: BlockSpan, block: number, start: number, end: number) => boolean}
 */
export const covers = (span, block, start, end) =>
  (span.first < block || (span.first === block && span.start <= start)) &&
  (span.last > block || (span.last === block && span.end >= end));
