/**
 * Side notes stacked without overlap, in the order given: where each stands, in pixels.
 *
 * Each stands at its passage or touches the one that pushes it down. The active one (-1: none)
 * stands exactly at its passage and pushes those before it up, above 0 if need be.
 * @type {(items: {top: number, height: number}[], active: number, gap: number) => number[]}
 */
export function pack(items, active, gap) {
  const tops = items.map(({ top }) => top);
  let room = 0;
  items.forEach(({ height }, i) => {
    if (i !== active) tops[i] = Math.max(tops[i], room);
    room = tops[i] + height + gap;
  });
  for (let i = active - 1; i >= 0; i--) {
    tops[i] = Math.min(tops[i], tops[i + 1] - items[i].height - gap);
  }
  return tops;
}
