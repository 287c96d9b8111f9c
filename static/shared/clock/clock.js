// Lets the sandbox's time tick wherever it stands, and follows the job after the clock was moved.
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
  }

  const first = document.querySelector("[data-clock]");
  if (first) {
    setAnchor(first.dataset);
    setInterval(tick, 500);
  }

  // Another page's script has heard from the server what the clock shows now.
  document.addEventListener("sandbox-clock", (event) => {
    setAnchor(event.detail);
    tick();
  });

  // ── The progress of a move ───────────────────────────────────────────────────────────────────────────────────────

  const job = document.querySelector("[data-progress]");
  if (!job) {
    return;
  }
  const bar = job.querySelector("progress");
  const sentence = job.querySelector("[data-progress-sentence]");
  job.querySelector("[data-progress-reload]")?.remove();

  // Replacing the page would call off a visitor who is just going to another one.
  let isLeaving = false;
  addEventListener("beforeunload", () => {
    isLeaving = true;
  });

  async function follow() {
    try {
      const response = await fetch(job.dataset.progress, { headers: { Accept: "application/json" } });
      const state = await response.json();
      bar.value = state.percent;
      sentence.textContent = state.sentence;
      if (state.finished) {
        if (!isLeaving) {
          location.replace(job.dataset.then);
        }
        return;
      }
    } catch {
      // The server is away for a moment; ask again.
    }
    setTimeout(follow, 1000);
  }
  setTimeout(follow, 500);
})();
