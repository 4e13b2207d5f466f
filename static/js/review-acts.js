/** The forms of the review desk: a digit chooses, Ctrl+Enter saves, and the focus is never lost. */
import { around, find, findAll, on } from "./page.js";

const FORM = "form.act-form";
const TYPING = "textarea, select, input:not([type=radio], [type=checkbox])";

/** @type {(form: HTMLElement | null) => void} where a reviewer starts, or what is wrong */
function enter(form) {
  if (!form) return;
  const field =
    find("[aria-invalid]", form) ??
    find("input[type=radio]:checked", form) ??
    find(`input[type=radio], ${TYPING.replace("input:not(", "input:not([type=hidden], ")}`, form) ??
    find("[type=submit]", form);
  field?.focus();
}

/** @type {(event: KeyboardEvent) => void} */
function press(event) {
  const form = /** @type {any} */ (around(event, FORM));
  if (!form) return;
  const { key, ctrlKey, metaKey, altKey } = event;
  if (key === "Enter" && (ctrlKey || metaKey)) {
    event.preventDefault();
    form.requestSubmit();
  } else if (key === "Escape") {
    find("[data-do=cancel]", form)?.click();
  } else if (/^[1-9]$/.test(key) && !ctrlKey && !metaKey && !altKey && !around(event, TYPING)) {
    const radio = /** @type {any} */ (find(`input[data-digit="${key}"]`, form));
    if (!radio) return;
    event.preventDefault();
    radio.checked = true;
    radio.focus();
    radio.dispatchEvent(new Event("input", { bubbles: true }));
  }
}

export function startReviewActs() {
  on("keydown", press);
  on("click", (event) => {
    const card = around(event, `${FORM} [data-do=cancel]`) && around(event, "[id^='r-']");
    if (card) /** @type {any} */ (card).focus();
  }, true);
  on("htmx:afterSettle", ({ detail: { requestConfig, xhr, target } }) => {
    if (!requestConfig) return;
    const form = target?.matches?.(FORM) ? target : find(FORM, target ?? document);
    if (form && (requestConfig.verb === "get" || xhr.status >= 400)) return enter(form);
    const at = document.activeElement;
    const id = requestConfig.elt?.closest?.("[id^='r-']")?.id || target?.id || "";
    if (id.startsWith("r-") && (!at || at === document.body)) document.getElementById(id)?.focus();
  });
  if (findAll(FORM).length === 1 && find(".act-place")) enter(find(FORM));
}
