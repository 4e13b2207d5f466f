/**
 * Text fragments (WICG "URL Fragment Text Directives") by the rules of the server's
 * `reader.text.selectors.text_fragment`.
 */
const QUOTE_LIMIT = 100;
const EDGE = 40;
const CONTEXT = 32;
const SEPARATOR = "\n\n";

/** @type {(text: string) => number} */
const size = (text) => [...text].length;

/** @type {(text: string) => string[]} */
const wordsOf = (text) => text.split(/\s+/).filter(Boolean);

/** @type {(words: string[]) => string} */
const encode = (words) =>
  encodeURIComponent(words.join(" ")).replace(
    /[-!*'()]/g,
    (sign) => "%" + sign.charCodeAt(0).toString(16).toUpperCase(),
  );

/** @type {(words: string[]) => string[]} the first that fit into `EDGE`, at least one */
const leading = (words) =>
  words.filter((_, i) => !i || size(words.slice(0, i + 1).join(" ")) <= EDGE);

/** @type {(exact: string) => string[][]} the quote as one term, or by its first and last words */
function quoteTerms(exact) {
  const sections = exact.split(SEPARATOR).filter((section) => section.trim());
  if (!sections.length) return [];
  const isSingle = sections.length === 1;
  const first = wordsOf(sections[0]);
  if (isSingle && size(sections[0].trim()) <= QUOTE_LIMIT) return [first];
  const head = leading(first);
  const last = wordsOf(sections[sections.length - 1]);
  const tail = leading(last.reverse()).reverse();
  return isSingle && head.length + tail.length > first.length ? [first] : [head, tail];
}

/**
 * The directive `:~:text=…`, or "" for a quote without anything visible. Context is whole words
 * of the quote's own block; the outermost word goes when it may be cut.
 * @type {(quote: Quote) => string}
 */
export function textFragment({ exact, prefix, suffix }) {
  const parts = quoteTerms(exact).map(encode);
  if (!parts.length) return "";
  const near = prefix.trimEnd().split(SEPARATOR);
  const before = wordsOf(near[near.length - 1]);
  if (near.length < 2 && size(prefix) >= CONTEXT && !/^\s/.test(near[0])) before.shift();
  const far = suffix.trimStart().split(SEPARATOR);
  const after = wordsOf(far[0]);
  if (far.length < 2 && size(suffix) >= CONTEXT && !/\s$/.test(far[0])) after.pop();
  if (before.length) parts.unshift(encode(before) + "-");
  if (after.length) parts.push("-" + encode(after));
  return ":~:text=" + parts.join(",");
}
