/**
 * Follow a stream of events. It is open while the page is seen: browsers have few connections for
 * one site, and a page that comes back is told what it missed.
 */
import { on } from "./page.js";

const RETRY = 20_000; // milliseconds, after the server said no

/**
 * @type {(address: string, last: string | undefined, hear: (type: string, data: any, id: string) => void, place?: string) =>
 *   {isOpen: () => boolean, at: (ref: string) => void}}
 *   returns how to ask whether the stream is open, and how to say which paragraph is read
 */
export function follow(address, last, hear, place = "") {
  /** @type {EventSource | undefined} */
  let source;
  const move = () => {
    if (document.hidden) {
      source?.close();
      source = undefined;
    } else if (!source || source.readyState > 1) {
      source = new EventSource(`${address}?after=${last}&at=${place}`);
      for (const type of ["message", "reset", "here"])
        source.addEventListener(type, ({ lastEventId, data }) => {
          last = lastEventId || last;
          hear(type, JSON.parse(data), lastEventId);
        });
      // It tries again by itself, but not where it was refused.
      source.onerror = () => setTimeout(move, RETRY);
    }
  };
  on("visibilitychange", move);
  addEventListener("pageshow", move);
  addEventListener("pagehide", () => source?.close());
  move();
  return {
    isOpen: () => source?.readyState === 1,
    at(ref) {
      if (ref === place) return;
      place = ref;
      source?.close();
      move();
    },
  };
}
