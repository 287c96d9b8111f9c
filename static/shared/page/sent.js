// Stands on a page that answers a form which was sent. Whoever goes on from it and comes back finds the form, with what
// is kept of it, and not the browser's question whether to send it once more. A reload still shows the answer. Without
// this script the browser asks.
(() => {
  "use strict";

  // The page's place in the history is from now on that of its address, without what was sent to it.
  const becomeTheForm = () => history.replaceState(history.state, "", location.href);

  const leadsAway = (link) => link !== null && link.target !== "_blank" && link.hash === "";

  document.addEventListener("click", (event) => {
    if (!event.defaultPrevented && leadsAway(event.target.closest("a[href]"))) {
      becomeTheForm();
    }
  });
  document.addEventListener("submit", (event) => {
    if (!event.defaultPrevented && event.target.method !== "dialog") {
      becomeTheForm();
    }
  });
})();
