// Keeps what the class is doing up to date: asks for the page again, and is answered by nothing while nothing changes.
(() => {
  "use strict";

  const PAUSE = 2000;
  let tag = "";

  function show(html) {
    const received = new DOMParser().parseFromString(html, "text/html");
    for (const part of document.querySelectorAll("[data-course-rows]")) {
      const wanted = received.querySelector(`[data-course-rows="${part.dataset.courseRows}"]`);
      if (wanted) {
        morph(part, wanted);
      }
    }
  }

  async function ask() {
    if (document.visibilityState === "visible") {
      try {
        const headers = { Live: "1", ...(tag && { "If-None-Match": tag }) };
        const response = await fetch(location.href, { headers, cache: "no-store", redirect: "manual" });
        if (response.ok) {
          tag = response.headers.get("ETag") ?? "";
          show(await response.text());
        } else if (response.type === "opaqueredirect" || response.status === 410) {
          location.reload(); // the class is closed, and the page itself says so: its names are to stand on no screen
          return;
        }
      } catch {
        // The server is away for a moment; the next question comes again.
      }
    }
    setTimeout(ask, PAUSE);
  }

  setTimeout(ask, PAUSE);
})();
