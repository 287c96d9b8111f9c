// Brings the bar of an exercise up to date when something has happened in its sandbox (live.js says so). What has the
// focus keeps it. Without this script the bar is as good as the page's last reload.
(() => {
  "use strict";

  const find = (root) => root.querySelector("[data-lesson]");
  const shows = (bar) => `${bar.dataset.shown} ${bar.dataset.step} ${bar.textContent}`;

  async function renew() {
    const bar = find(document);
    if (!bar) {
      return;
    }
    try {
      const address = `${bar.dataset.lesson}?at=${encodeURIComponent(location.pathname + location.search)}`;
      const response = await fetch(address, { cache: "no-store", redirect: "manual" });
      const fresh = response.ok && find(new DOMParser().parseFromString(await response.text(), "text/html"));
      if (fresh && shows(fresh) !== shows(bar)) {
        for (const field of fresh.querySelectorAll("input[name=next]")) {
          field.value = location.pathname + location.search;
        }
        fresh.setAttribute("role", "status");
        if (bar.contains(document.activeElement)) {
          morph(bar, fresh);
        } else {
          bar.replaceWith(fresh);
        }
        document.dispatchEvent(new Event("lesson-renewed"));
      }
    } catch {
      // The server is away for a moment; the next news comes again.
    }
  }

  document.addEventListener("sandbox-news", renew);
})();
