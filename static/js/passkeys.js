/**
 * Forms that a passkey fills in: making one, signing in with one, showing once more that it is you.
 *
 * The server's options and the browser's answer are JSON in which bytes are written as base64url.
 */

/** @type {(text: string) => Uint8Array<ArrayBuffer>} */
const bytes = (text) =>
  Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (sign) => sign.charCodeAt(0));

/** @type {(buffer: ArrayBuffer) => string} */
const text = (buffer) =>
  btoa(String.fromCharCode(...new Uint8Array(buffer)))
    .replace(/\+/g, "-")
    .replace(/\//g, "_")
    .replace(/=+$/, "");

/** @type {(key: any) => any} what names a passkey, with its bytes */
const named = (key) => ({ ...key, id: bytes(key.id) });

/** @type {(act: string, options: any) => Promise<any>} what the browser's own window came to */
function ask(act, { publicKey }) {
  const wanted = { ...publicKey, challenge: bytes(publicKey.challenge) };
  wanted.excludeCredentials = publicKey.excludeCredentials?.map(named);
  wanted.allowCredentials = publicKey.allowCredentials?.map(named);
  if (act !== "create") return navigator.credentials.get({ publicKey: wanted });
  wanted.user = named(publicKey.user);
  return navigator.credentials.create({ publicKey: wanted });
}

/** @type {(credential: any) => string} */
function written(credential) {
  const { id, rawId, type, response } = credential;
  const said = /** @type {Fields} */ ({});
  for (const name of ["clientDataJSON", "attestationObject", "authenticatorData", "signature"])
    if (response[name]) said[name] = text(response[name]);
  if (response.userHandle) said.userHandle = text(response.userHandle);
  const clientExtensionResults = credential.getClientExtensionResults();
  return JSON.stringify({ id, rawId: text(rawId), type, response: said, clientExtensionResults });
}

/** @type {(form: Form) => Promise<any>} */
async function optionsOf(form) {
  if (form.dataset.options) return JSON.parse(form.dataset.options);
  const answer = await fetch(form.action, { headers: { Accept: "application/json" } });
  return (await answer.json()).request_options;
}

/** @type {(form: Form, error: any) => string} */
function reason(form, { name }) {
  if (name === "NotAllowedError" || name === "AbortError") return form.dataset.refused ?? "";
  return (name === "InvalidStateError" ? form.dataset.known : form.dataset.unfit) ?? "";
}

/** @type {(form: Form) => Promise<void>} */
async function fill(form) {
  const alert = /** @type {HTMLElement} */ (form.querySelector("[role=alert]"));
  alert.hidden = true;
  try {
    const credential = await ask(form.dataset.passkey ?? "", await optionsOf(form));
    const field = /** @type {HTMLInputElement} */ (form.elements.namedItem("credential"));
    field.value = written(credential);
    form.submit();
  } catch (error) {
    alert.hidden = false;
    alert.textContent = reason(form, error);
  }
}

for (const form of document.querySelectorAll("form[data-passkey]"))
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    void fill(/** @type {Form} */ (form));
  });
