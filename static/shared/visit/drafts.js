// Keeps what is being typed into a form with a draft, so that a look at another page, Back or a reload loses nothing:
// when nothing more was typed for a moment, and when the page is left. What is submitted is kept by its own answer.
// Without this script what was submitted is kept all the same.
(() => {
  "use strict";

  const PAUSE = 800;
  let changed = null;
  let timer = null;
  let underWay = new AbortController();

  function keep() {
    clearTimeout(timer);
    if (!changed) {
      return;
    }
    const { draft, keep: address } = changed.dataset;
    const body = new URLSearchParams(new FormData(changed));
    body.set("draft", draft);
    changed = null;
    underWay = new AbortController();
    fetch(address, { method: "POST", body, keepalive: true, signal: underWay.signal }).catch(() => {});
  }

  function note(event) {
    const form = event.target.form;
    // The captcha is not kept.
    if (form?.dataset.draft && !event.target.dataset.captcha) {
      changed = form;
      clearTimeout(timer);
      timer = setTimeout(keep, PAUSE);
    }
  }

  document.addEventListener("input", note);
  document.addEventListener("change", note);

  // What is submitted must not come back from a request that is overtaken by it.
  document.addEventListener("submit", (event) => {
    if (event.target.dataset.draft) {
      clearTimeout(timer);
      changed = null;
      underWay.abort();
    }
  });

  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "hidden") {
      keep();
    }
  });
  window.addEventListener("pagehide", keep);
})();
