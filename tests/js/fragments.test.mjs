import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import test from "node:test";

import { textFragment } from "../../static/js/fragments.js";

const decoded = (fragment) =>
  fragment
    .replace(":~:text=", "")
    .split(",")
    .map((term) => decodeURIComponent(term));

test("a short quote stands whole between its context", () => {
  const fragment = textFragment({
    exact: "so it was",
    prefix: "He said: ",
    suffix: " in the end.",
  });
  assert.deepEqual(decoded(fragment), ["He said:-", "so it was", "-in the end."]);
});

test("signs that the directive gives a meaning are encoded", () => {
  const fragment = textFragment({ exact: "well-known, fish & chips", prefix: "", suffix: "" });
  assert.equal(fragment, ":~:text=well%2Dknown%2C%20fish%20%26%20chips");
});

test("a long quote is named by its first and its last words", () => {
  const exact = Array.from({ length: 60 }, (_, i) => `word${i}`).join(" ");
  const [first, last, ...rest] = decoded(textFragment({ exact, prefix: "", suffix: "" }));
  assert.deepEqual(rest, []);
  assert.ok(exact.startsWith(`${first} `) && first.length <= 40);
  assert.ok(exact.endsWith(` ${last}`) && last.length <= 40);
});

test("a quote across blocks is named by words of its first and of its last block", () => {
  const fragment = textFragment({ exact: "the end.\n\nThe next", prefix: "", suffix: "" });
  assert.deepEqual(decoded(fragment), ["the end.", "The next"]);
});

test("context stays inside the quote's own block", () => {
  const fragment = textFragment({
    exact: "here",
    prefix: "before\n\nThe ",
    suffix: " is\n\nafter",
  });
  assert.deepEqual(decoded(fragment), ["The-", "here", "-is"]);
});

test("a word that the context may have cut is left out", () => {
  const fragment = textFragment({
    exact: "here",
    prefix: "ut word and a whole one " + "x".repeat(8),
    suffix: " and so on until it is cut of so",
  });
  assert.deepEqual(decoded(fragment), [
    `word and a whole one ${"x".repeat(8)}-`,
    "here",
    "-and so on until it is cut of",
  ]);
});

test("a quote without anything visible has no directive", () => {
  assert.equal(textFragment({ exact: " \n\n ", prefix: "a", suffix: "b" }), "");
});

// test_javascript.py writes what the server makes of the same quotes.
test("the server writes the same directives", { skip: !process.env.POSTIL_FRAGMENTS }, () => {
  const cases = JSON.parse(readFileSync(process.env.POSTIL_FRAGMENTS, "utf8"));
  assert.ok(cases.length);
  for (const { quote, fragment } of cases) assert.equal(textFragment(quote), fragment);
});
