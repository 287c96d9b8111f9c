// Keeps what the class is doing up to date: asks for the page again, and is answered by nothing while nothing changes.
(() => {
  "use strict";

  const PAUSE = 2000;
  const find = (root) => root.querySelector("[data-course-rows]");
  let tag = "";

  async function ask() {
    if (document.visibilityState === "visible") {
      try {
        const response = await fetch(location.href, { headers: tag ? { "If-None-Match": tag } : {}, cache: "no-store", redirect: "manual" });
        if (response.ok) {
          tag = response.headers.get("ETag") ?? "";
          const fresh = find(new DOMParser().parseFromString(await response.text(), "text/html"));
          const open = [...find(document).querySelectorAll("details[open][id]")];
          open.forEach(({ id }) => fresh?.querySelector(`#${CSS.escape(id)}`)?.setAttribute("open", ""));
          if (fresh && fresh.innerHTML !== find(document).innerHTML) {
            find(document).replaceWith(fresh);
          }
        }
      } catch {
        // The server is away for a moment; the next question comes again.
      }
    }
    setTimeout(ask, PAUSE);
  }

  setTimeout(ask, PAUSE);
})();
