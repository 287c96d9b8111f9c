// Ticks in a list: counts them, and ticks all boxes of the page at once. Without this script a link does the latter.
// The list follows its sandbox (live.js), so that nothing is known of it before it is asked.
(() => {
  "use strict";

  const form = () => document.querySelector("[data-choices]");
  const boxes = () => [...(form()?.querySelectorAll("input[type=checkbox]") ?? [])];

  function say(element, words) {
    if (element && element.textContent !== words) {
      element.textContent = words;
    }
  }

  function show() {
    const all = form()?.querySelector("[data-choose-all]");
    const count = boxes().filter((box) => box.checked).length;
    say(form()?.querySelector("[data-chosen]"), boxes().length ? `已勾选 ${count} 份` : "");
    say(all, boxes().length && count === boxes().length ? "取消全选" : "全选本页");
    all?.setAttribute("role", "button");
  }

  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-choose-all]")) {
      event.preventDefault();
      const isWanted = boxes().some((box) => !box.checked);
      boxes().forEach((box) => (box.checked = isWanted));
      show();
    }
  });
  document.addEventListener("keydown", (event) => {
    if (event.key === " " && event.target.closest("[data-choose-all]")) {
      event.preventDefault(); // a link would scroll the page
      event.target.click();
    }
  });
  document.addEventListener("change", show);
  document.addEventListener("fragment-replaced", show);
  window.addEventListener("pageshow", show); // the browser may have kept the ticks
})();
