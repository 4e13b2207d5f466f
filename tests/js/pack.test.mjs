import assert from "node:assert/strict";
import test from "node:test";

import { pack } from "../../static/js/pack.js";

const GAP = 10;

/** Numbers that look random and are the same each time (mulberry32). */
function* numbers(seed) {
  for (;;) {
    seed = (seed + 0x6d2b79f5) | 0;
    let t = Math.imul(seed ^ (seed >>> 15), 1 | seed);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    yield ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  }
}

/** Margins of 0 to 30 cards, some at the same passage, with each card active in turn. */
function* margins() {
  for (let seed = 1; seed <= 60; seed++) {
    const random = numbers(seed);
    const next = (range) => Math.floor(random.next().value * range);
    const count = next(31);
    const items = Array.from({ length: count }, () => ({
      top: next(40) * 50,
      height: 20 + next(200),
    }));
    items.sort((a, b) => a.top - b.top);
    for (let active = -1; active < count; active++) yield { items, active };
  }
}

test("cards keep their order and do not overlap", () => {
  for (const { items, active } of margins()) {
    const tops = pack(items, active, GAP);
    assert.equal(tops.length, items.length);
    tops.slice(1).forEach((top, i) => assert.ok(top >= tops[i] + items[i].height + GAP));
  }
});

test("the active card stands exactly at its passage", () => {
  for (const { items, active } of margins()) {
    if (active >= 0) assert.equal(pack(items, active, GAP)[active], items[active].top);
  }
});

test("without an active card none stands above its passage", () => {
  for (const { items, active } of margins()) {
    if (active < 0) pack(items, active, GAP).forEach((top, i) => assert.ok(top >= items[i].top));
  }
});

test("a card away from its passage touches the one that keeps it from there", () => {
  for (const { items, active } of margins()) {
    const tops = pack(items, active, GAP);
    const touches = (i) =>
      i >= 0 && i + 1 < tops.length && tops[i + 1] - tops[i] === items[i].height + GAP;
    tops.forEach((top, i) => {
      if (top > items[i].top) assert.ok(touches(i - 1));
      if (top < items[i].top) assert.ok(touches(i) && i < active);
    });
  }
});

test("cards with room stand at their passages", () => {
  const items = [0, 200, 400].map((top) => ({ top, height: 50 }));
  assert.deepEqual(pack(items, 1, GAP), [0, 200, 400]);
});

test("an empty margin has nothing to place", () => {
  assert.deepEqual(pack([], -1, GAP), []);
});
