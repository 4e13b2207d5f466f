import assert from "node:assert/strict";
import test from "node:test";

import { covers, quote, sentences, toPoints, toUnits, trimmed } from "../../static/js/positions.js";

// Characters of one and two units, combining marks, joined emoji, another script.
const TEXTS = [
  "",
  "plain",
  "a😀b",
  "e\u0301te\u0301",
  "👩🏽‍🚀 and 🏳️‍🌈",
  "Қазақстан 𝔘𝔫𝔦",
  "\u{1F600}\u{1F600}",
];

test("every code point goes to its unit and back", () => {
  for (const text of TEXTS) {
    const points = [...text];
    points.forEach((_, point) => {
      const unit = points.slice(0, point).join("").length;
      assert.equal(toUnits(text, point), unit);
      assert.equal(toPoints(text, unit), point);
    });
  }
});

test("positions past the end stay at the end", () => {
  assert.equal(toUnits("a😀", 9), 3);
  assert.equal(toPoints("a😀", 9), 2);
});

test("a unit inside a surrogate pair counts the whole character", () => {
  assert.equal(toPoints("a😀b", 2), 2);
});

test("a span that cuts characters takes them whole", () => {
  assert.deepEqual(trimmed("a😀b", 2, 4), [1, 3]);
  assert.deepEqual(trimmed("a😀b", 0, 2), [0, 2]);
});

test("a span loses the white space at its ends and nothing else", () => {
  for (const text of TEXTS) {
    const padded = `\u00a0 ${text}\n `;
    const span = trimmed(padded, 0, padded.length);
    const words = text.trim();
    assert.equal(span && [...padded].slice(...span).join(""), words || null);
  }
});

test("white space alone is no span", () => {
  assert.equal(trimmed("a   b", 1, 4), null);
  assert.equal(trimmed("ab", 1, 1), null);
});

test("a quote is the passage between 32 characters on either side", () => {
  const text = `${"x".repeat(40)}${"😀".repeat(40)}HERE${"é".repeat(40)}`;
  const found = quote(text, 80, 84);
  assert.deepEqual(found, { exact: "HERE", prefix: "😀".repeat(32), suffix: "é".repeat(32) });
});

test("a quote at the edges of the text has as much context as there is", () => {
  assert.deepEqual(quote("ab\n\ncd", 0, 6), { exact: "ab\n\ncd", prefix: "", suffix: "" });
  assert.deepEqual(quote("ab\n\ncd", 4, 5), { exact: "c", prefix: "ab\n\n", suffix: "d" });
});

test("sentences cover all words in order, without the space between them", () => {
  const text = "  First one.  “Second?” 😀 Third goes on\nto its end!  ";
  const spans = sentences(text, "en");
  const points = [...text];
  const words = spans.map((span) => points.slice(...span).join(""));
  assert.equal(words.join("").replace(/\s/g, ""), text.replace(/\s/g, ""));
  assert.ok(words.length > 2);
  words.forEach((sentence) => assert.equal(sentence, sentence.trim()));
  spans.slice(1).forEach(([start], i) => assert.ok(start >= spans[i][1]));
});

test("text without words has no sentences", () => {
  assert.deepEqual(sentences(" \n ", "en"), []);
});

test("a card covers the mark pieces inside its span, and no others", () => {
  const span = { first: 2, start: 10, last: 4, end: 5 };
  const isInside = (block, start, end) => covers(span, block, start, end);
  assert.ok(isInside(2, 10, 12));
  assert.ok(isInside(3, 0, 999));
  assert.ok(isInside(4, 0, 5));
  assert.ok(!isInside(2, 9, 12));
  assert.ok(!isInside(4, 0, 6));
  assert.ok(!isInside(1, 0, 5));
  assert.ok(!isInside(5, 0, 5));
});

test("a span in one block has both ends there", () => {
  const span = { first: 1, start: 3, last: 1, end: 8 };
  assert.ok(covers(span, 1, 3, 8));
  assert.ok(!covers(span, 1, 2, 8));
  assert.ok(!covers(span, 1, 3, 9));
});
