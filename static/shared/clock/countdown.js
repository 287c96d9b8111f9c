// Counts down on the sandbox's clock: every [data-until] (seconds since 1970), at the pace of the page's [data-clock].
(() => {
  "use strict";

  const SOON = 2 * 3600; // as portal/shared/clock/spans.py
  const UNITS = [
    [86400, "天"],
    [3600, "小时"],
    [60, "分"],
    [1, "秒"],
  ];

  const clock = document.querySelector("[data-clock]");
  if (!clock) {
    return;
  }

  let anchor = null;

  function setAnchor({ at, speed }) {
    anchor = { at: Number(at), speed: Number(speed), since: performance.now() };
  }

  function inWords(seconds) {
    for (let i = 0; i < UNITS.length - 1; i += 1) {
      const [size, name] = UNITS[i];
      const [nextSize, nextName] = UNITS[i + 1];
      if (seconds >= size) {
        return `${Math.floor(seconds / size)} ${name} ${Math.floor((seconds % size) / nextSize)} ${nextName}`;
      }
    }
    return `${seconds} 秒`;
  }

  function tick() {
    const now = anchor.at + ((performance.now() - anchor.since) / 1000) * anchor.speed;
    for (const countdown of document.querySelectorAll("[data-until]")) {
      const left = Math.floor(Number(countdown.dataset.until) - now);
      countdown.textContent = left > 0 ? inWords(left) : "已到";
      countdown.classList.toggle("countdown--soon", "warns" in countdown.dataset && left < SOON);
    }
  }

  setAnchor(clock.dataset);
  tick();
  setInterval(tick, 500);
  document.addEventListener("sandbox-clock", (event) => {
    setAnchor(event.detail);
    tick();
  });
})();
