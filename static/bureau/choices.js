// Ticks in a list: counts them, and ticks all boxes of the page at once. Without this script a link does the latter.
(() => {
  "use strict";

  const form = document.querySelector("[data-choices]");
  const all = form?.querySelector("[data-choose-all]");
  const status = form?.querySelector("[data-chosen]");
  const boxes = [...(form?.querySelectorAll("input[type=checkbox]") ?? [])];

  function show() {
    const count = boxes.filter((box) => box.checked).length;
    status.textContent = `已勾选 ${count} 份`;
    if (all) {
      all.textContent = count === boxes.length ? "取消全选" : "全选本页";
    }
  }

  if (boxes.length === 0) {
    return;
  }
  if (all) {
    all.setAttribute("role", "button");
    all.addEventListener("click", (event) => {
      event.preventDefault();
      const isWanted = boxes.some((box) => !box.checked);
      boxes.forEach((box) => (box.checked = isWanted));
      show();
    });
    all.addEventListener("keydown", (event) => {
      if (event.key === " ") {
        event.preventDefault(); // a link would scroll the page
        all.click();
      }
    });
  }
  form.addEventListener("change", show);
  window.addEventListener("pageshow", show); // the browser may have kept the ticks
})();
