// Lets the sandbox's time tick wherever it stands.
(() => {
  "use strict";

  const format = new Intl.DateTimeFormat("en-GB", {
    timeZone: "Asia/Shanghai",
    hourCycle: "h23",
    year: "numeric",
    month: "2-digit",
    day: "2-digit",
    hour: "2-digit",
    minute: "2-digit",
    second: "2-digit",
  });

  function show(milliseconds) {
    const parts = Object.fromEntries(format.formatToParts(milliseconds).map(({ type, value }) => [type, value]));
    return `${parts.year}-${parts.month}-${parts.day} ${parts.hour}:${parts.minute}:${parts.second}`;
  }

  // ── The time ─────────────────────────────────────────────────────────────────────────────────────────────────────

  let anchor = null;

  function setAnchor({ at, speed }) {
    anchor = { at: Number(at) * 1000, speed: Number(speed), since: performance.now() };
  }

  function tick() {
    const now = anchor.at + (performance.now() - anchor.since) * anchor.speed;
    for (const clock of document.querySelectorAll("[data-clock]")) {
      clock.textContent = show(now);
    }
    for (const badge of document.querySelectorAll("[data-clock-paused]")) {
      badge.hidden = anchor.speed !== 0;
    }
  }

  const first = document.querySelector("[data-clock]");
  if (first) {
    setAnchor(first.dataset);
    setInterval(tick, 500);
  }

  // live.js has heard from the server what the clock shows now.
  document.addEventListener("sandbox-clock", (event) => {
    setAnchor(event.detail);
    tick();
  });
})();
