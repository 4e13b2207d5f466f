/** Types that the modules in static/js share; they exist for the type checker alone. */

type Form = HTMLFormElement;
type Fields = Record<string, string>;

/** A part of the edition's plain text, in code points. */
type Span = { start: number; end: number };
type Quote = { exact: string; prefix: string; suffix: string };
type Passage = Span & Quote & { ref: string };

/** A block on the page; `start` counts code points of the edition's plain text. */
type Block = { ref: string; start: number; text: string; prose: HTMLElement };

/** A span by the numbers of its first and last block, with code points inside those. */
type BlockSpan = { first: number; start: number; last: number; end: number };

/** What a selector finds, by the name of the element it begins with. */
type Found<Selector extends string> = Selector extends `form${string}`
  ? HTMLFormElement
  : Selector extends `dialog${string}`
    ? HTMLDialogElement
    : Selector extends `template${string}`
      ? HTMLTemplateElement
      : Selector extends `a${string}`
        ? HTMLAnchorElement
        : HTMLElement;
type Find = <S extends string>(selector: S, root?: ParentNode) => Found<S> | null;
type FindAll = <S extends string>(selector: S, root?: ParentNode) => Found<S>[];
type Around = <S extends string>(event: any, selector: S) => Found<S> | null;

/** Events of htmx and of the server are custom ones, so what a handler gets is open. */
type On = (types: string, handler: (event: any) => void, capture?: boolean) => void;

interface Element {
  closest(selector: string): HTMLElement | null;
}
