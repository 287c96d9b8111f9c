// Asks every second whether the phone's messages have changed; rests while nobody looks.
(() => {
  "use strict";

  const page = document.querySelector("[data-live]");
  if (!page) {
    return;
  }
  const PAUSE = 1000;
  const PAUSE_AFTER_ERROR = 5000;
  const announcement = document.querySelector("[data-live-announcement]");
  const parts = new Map();
  let etag = null;
  let timer = null;

  for (const part of page.querySelectorAll("[data-live-part]")) {
    parts.set(part.dataset.livePart, { element: part, html: part.innerHTML });
  }

  function newest() {
    return page.querySelector("[data-message]")?.dataset.message ?? null;
  }

  function replace(part, html) {
    const key = part.element.contains(document.activeElement) ? document.activeElement.dataset.key : null;
    part.element.innerHTML = html;
    part.html = html;
    part.element.dispatchEvent(new CustomEvent("fragment-replaced", { bubbles: true }));
    if (key) {
      part.element.querySelector(`[data-key="${key}"]`)?.focus();
    }
  }

  function show(html) {
    const before = newest();
    const received = document.createElement("template");
    received.innerHTML = html;
    for (const { dataset, innerHTML } of received.content.querySelectorAll("[data-live-part]")) {
      const part = parts.get(dataset.livePart);
      if (part && part.html !== innerHTML) {
        replace(part, innerHTML);
      }
    }
    const after = newest();
    if (after && after !== before) {
      announcement.textContent = `收到新短信：${page.querySelector("[data-message-text]").textContent}`;
    }
  }

  function setClock(headers) {
    const detail = { at: headers.get("Sandbox-Clock-At"), speed: headers.get("Sandbox-Clock-Speed") };
    document.dispatchEvent(new CustomEvent("sandbox-clock", { detail }));
  }

  async function ask() {
    timer = null;
    let pause = PAUSE;
    try {
      const headers = etag ? { "If-None-Match": etag } : {};
      const response = await fetch(page.dataset.live, { headers, cache: "no-store", redirect: "manual" });
      if (response.status === 200) {
        etag = response.headers.get("ETag");
        setClock(response.headers);
        show(await response.text());
      } else if (response.type === "opaqueredirect" || response.status === 404 || response.status === 410) {
        location.reload(); // the sandbox was closed or the visitor removed: the page itself says what to do
        return;
      } else if (response.status !== 304) {
        pause = PAUSE_AFTER_ERROR;
      }
    } catch {
      pause = PAUSE_AFTER_ERROR; // the server is away for a moment
    }
    schedule(pause);
  }

  function schedule(pause) {
    if (!document.hidden && timer === null) {
      timer = setTimeout(ask, pause);
    }
  }

  document.addEventListener("visibilitychange", () => {
    clearTimeout(timer);
    timer = null;
    schedule(0);
  });
  schedule(PAUSE);
})();
