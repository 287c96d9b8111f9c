// Lets a page follow its sandbox: asks whether there is news, and then for the page's live parts and the clock's time.
// Whoever is typing, has the focus somewhere or has scrolled notices nothing. Rests while nobody looks.
(() => {
  "use strict";

  const mark = document.querySelector("[data-news]");
  if (!mark) {
    return;
  }
  const PAUSE = 2000;
  const PAUSE_WHILE_UNDER_WAY = 500; // something due is being done: the page waits for it
  const PAUSE_AFTER_ERROR = 5000;
  const AGAIN = "/news/";
  const TELL_EVERY = 20000; // what the page is called is forgotten after thirty seconds

  const announcement = document.querySelector("[data-live-announcement]");
  // A page that answers a form cannot be asked for again, and one with a form in hand is left alone: of both only the
  // clock follows.
  const isLive = mark.dataset.tag !== "" && document.querySelector("[data-live-part]") !== null;
  let address = mark.dataset.news;
  let tag = mark.dataset.tag;
  let timer = null;
  let isLeaving = false;
  let sandbox = null;
  let toldAt = -TELL_EVERY;

  // ── What is said of it ───────────────────────────────────────────────────────────────────────────────────────────

  // The words of a part, but for what ticks and for what is under way, which passes by itself.
  function words(part) {
    const copy = part.cloneNode(true);
    copy.querySelectorAll("[data-clock], [data-until], [data-passing], [data-under-way], [data-live-keep]").forEach((node) => node.remove());
    return copy.textContent.replace(/\s+/g, " ");
  }

  const newest = () => document.querySelector("[data-message]")?.dataset.message ?? null;

  function announce(hasChanged, newestBefore) {
    if (newest() && newest() !== newestBefore) {
      announcement.textContent = `收到新短信：${document.querySelector("[data-message-text]").textContent}`;
    } else if (hasChanged) {
      announcement.textContent = "";
      announcement.textContent = "本页内容已更新。";
    }
  }

  function show(html) {
    const received = new DOMParser().parseFromString(html, "text/html");
    const before = newest();
    let hasChanged = false;
    for (const part of document.querySelectorAll("[data-live-part]")) {
      const wanted = received.querySelector(`[data-live-part="${part.dataset.livePart}"]`);
      if (wanted) {
        const said = words(part);
        morph(part, wanted);
        hasChanged ||= words(part) !== said;
      }
    }
    announce(hasChanged, before);
  }

  function setClock(detail) {
    document.dispatchEvent(new CustomEvent("sandbox-clock", { detail }));
  }

  // ── Asking ───────────────────────────────────────────────────────────────────────────────────────────────────────

  const get = (url, headers) => fetch(url, { headers, cache: "no-store", redirect: "manual" });

  // The sandbox was closed, or the visitor removed, or has gone to another one: the page itself says what to do.
  function leave() {
    if (isLive && !isLeaving) {
      location.reload();
    }
    isLeaving = true;
  }

  // Another sandbox in the same browser is none of this page's business.
  function isElsewhere(reading) {
    sandbox ??= reading.sandbox;
    return reading.sandbox !== sandbox;
  }

  async function renew() {
    const response = await get(location.href, { Live: "1", ...(tag && { "If-None-Match": tag }) });
    if (response.status !== 200) {
      if (response.type === "opaqueredirect" || [403, 404, 410].includes(response.status)) {
        leave();
      } else if (response.status !== 304) {
        throw new Error(response.status);
      }
      return;
    }
    const reading = JSON.parse(response.headers.get("Sandbox-Clock"));
    if (isElsewhere(reading)) {
      leave();
      return;
    }
    const seen = response.headers.get("ETag");
    show(await response.text());
    setClock(reading);
    tag = seen;
  }

  async function askAgain() {
    const response = await get(AGAIN, {});
    if (response.status === 204) {
      leave();
    } else if (response.status === 200) {
      await take(response);
    } else {
      throw new Error(response.status);
    }
  }

  async function take(response) {
    const reading = await response.json();
    const seen = response.headers.get("ETag");
    if (isElsewhere(reading)) {
      leave();
      return;
    }
    if (reading.address) {
      ({ address } = reading);
    }
    if (seen === tag) {
      return;
    }
    document.dispatchEvent(new Event("sandbox-news"));
    if (isLive) {
      await renew();
    } else {
      setClock(reading);
      tag = seen;
    }
  }

  // In a class the trainer may look over a shoulder, and sees what the page is called.
  function pageName() {
    if (!document.querySelector("[data-tells-page]") || performance.now() - toldAt < TELL_EVERY) {
      return {};
    }
    toldAt = performance.now();
    return { "Page-Name": encodeURIComponent(document.querySelector("h1")?.textContent.replace(/\s+/g, " ").trim().slice(0, 60) ?? "") };
  }

  async function ask() {
    timer = null;
    let pause = PAUSE;
    try {
      const response = await get(address, { ...pageName(), ...(tag && { "If-None-Match": tag }) });
      if (response.status === 200) {
        await take(response);
      } else if (response.status === 204) {
        await askAgain();
      } else if (response.status !== 304) {
        throw new Error(response.status);
      }
    } catch {
      pause = PAUSE_AFTER_ERROR; // the server is away for a moment
    }
    schedule(pause);
  }

  function schedule(pause) {
    if (document.visibilityState === "visible" && timer === null && !isLeaving) {
      const isUnderWay = pause === PAUSE && document.querySelector("[data-under-way]");
      timer = setTimeout(ask, isUnderWay ? PAUSE_WHILE_UNDER_WAY : pause);
    }
  }

  // Reloading the page would call off a visitor who is just going to another one.
  addEventListener("beforeunload", () => {
    isLeaving = true;
  });
  // Back from another page, which the browser has kept.
  addEventListener("pageshow", () => {
    isLeaving = false;
    schedule(PAUSE);
  });
  document.addEventListener("visibilitychange", () => {
    clearTimeout(timer);
    timer = null;
    schedule(0);
  });
  schedule(PAUSE);
})();
