/** What became of a request: saved, refused, or never arrived. */
import { keep } from "./drafts.js";
import { activate, focus } from "./margin.js";
import { fill, find, htmx, newKey, on, say, toast } from "./page.js";

/** @type {(status: number) => string} */
const reason = (status) => say(status === 401 ? "signedOut" : status ? "failed" : "offline");

/** @type {(form: Form, status: number) => void} say in the form why its words were not saved */
function explain(form, status) {
  const box = find(".not-sent", form) ?? document.createElement("p");
  box.className = "errors not-sent";
  box.role = "alert";
  box.textContent = `${reason(status)} `;
  if (status === 401) {
    const link = document.createElement("a");
    const here = `${location.pathname}${location.search}#draft`;
    link.href = `${say("signInUrl")}?next=${encodeURIComponent(here)}`;
    link.textContent = say("signIn");
    box.append(link);
  }
  find(".actions", form)?.before(box);
}

export function startRequests() {
  // By default htmx copies style attributes between swaps, which the security policy forbids.
  if (htmx()) htmx().config.attributesToSettle = [];
  on("htmx:sendError htmx:timeout htmx:responseError", ({ detail: { elt, xhr } }) => {
    const form = elt.closest("form[data-draft]");
    if (!form) return toast(reason(xhr.status));
    keep(form);
    explain(form, xhr.status);
    activate(form.closest(".composer"));
  });
  // A highlight is sent unseen; it shows its form when that did not work.
  on("htmx:afterRequest", () => find(".composer")?.removeAttribute("hidden"));
  let saved = "";
  on("postil:saved", ({ detail }) => {
    saved = detail.uid;
    const unseen = /** @type {Form | null} */ (find(".composer[hidden] form"));
    const isMine = unseen && new FormData(unseen).get("visibility") === "private";
    toast((isMine && say("highlighted")) || detail.message);
  });
  on("htmx:afterSettle", ({ detail: { requestConfig, xhr } }) => {
    // Opening a thread takes away the link that had the focus.
    const opened = requestConfig?.elt.matches(".replies-link") && requestConfig.target.id;
    const card = document.getElementById(`a-${saved}`);
    focus(card ?? document.getElementById(opened));
    if (card) saved = "";
    const form = find(`form[data-draft="${requestConfig?.elt.dataset.draft}"]`);
    if (!form || xhr.status < 400) return;
    // The key was used for other words: what is sent again now is sent on purpose.
    if (xhr.status === 409) fill(form, { client_key: newKey() });
    find("[aria-invalid]", form)?.focus();
  });
}
