/** How somebody likes to read, and in which time zone: at once here, in cookies for the server. */
import { around, on } from "./page.js";

export function startPreferences() {
  on("change", (event) => {
    const form = around(event, "form.preferences");
    if (!form) return;
    document.documentElement.dataset[event.target.name] = event.target.value;
    const body = new FormData(form);
    // The answer would be a redirect to a page that nobody needs.
    fetch(form.action, { method: "POST", body, redirect: "manual", keepalive: true });
  });
  const zone = `tz=${Intl.DateTimeFormat().resolvedOptions().timeZone}`;
  const isKnown = document.cookie.split("; ").includes(zone);
  if (!isKnown) document.cookie = `${zone}; path=/; max-age=31536000; samesite=lax`;
}
