/**
 * The last page of the popup: it hands the answer to the window that asked, and closes.
 *
 * The server has checked the origin; the browser delivers to a window of that origin alone.
 */

const origin = document.getElementById("oauth-answer")?.dataset.origin;
const message = document.getElementById("oauth-message")?.textContent;

if (window.opener && origin && message) {
  window.opener.postMessage(JSON.parse(message), origin);
  window.close();
}
