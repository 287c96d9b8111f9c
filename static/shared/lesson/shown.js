// Asks how far what the machine shows has come, goes to the page of its next step, and puts into the portal's form what
// the bar says. Without this script 下一步 goes on.
(() => {
  "use strict";

  const PAUSE = 2000;
  const bar = document.querySelector("[data-shown-by]");
  let timer = null;
  let isLeaving = false;

  const pageOf = (address) => new URL(address, location.href).href.replace(/#.*$/, "");

  // One question at a time, and none of a page that nobody sees or at which all is done.
  function schedule() {
    const goesOn = bar.querySelector("[value=next]") && document.visibilityState === "visible" && !isLeaving;
    if (goesOn && timer === null) {
      timer = setTimeout(ask, PAUSE);
    }
  }

  async function ask() {
    timer = null;
    try {
      const body = new URLSearchParams({ by: "script" });
      const response = await fetch(bar.dataset.shownBy, { method: "POST", body, redirect: "manual" });
      const { address, done, isGone } = await response.json();
      if (isGone) {
        return; // what stands on the page stays there to be read
      }
      if (`${done}` !== bar.dataset.shownDone || pageOf(address) !== pageOf(location.href)) {
        go(address);
        return;
      }
    } catch {
      // The server is away for a moment; the next question comes again.
    }
    schedule();
  }

  // What is typed stands in the form, as it would.
  function fillIn() {
    for (const said of bar.querySelectorAll("[data-into]")) {
      const field = said.dataset.into && document.querySelector(`form.entries [name="${said.dataset.into}"]`);
      if (field) {
        field.value = said.textContent;
      }
    }
  }

  function go(address) {
    isLeaving = true;
    const isHere = pageOf(address) === pageOf(location.href);
    location.assign(address);
    if (isHere) {
      location.reload();
    }
  }

  document.addEventListener("visibilitychange", () => {
    clearTimeout(timer);
    timer = null;
    schedule();
  });
  addEventListener("beforeunload", () => {
    isLeaving = true;
  });
  fillIn();
  schedule();
})();
