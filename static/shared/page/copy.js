// Copies what stands beside a button. The buttons are hidden until this script runs.
(() => {
  "use strict";

  const DONE = "已复制";
  const FAILED = "请手动复制";

  function reveal(root) {
    for (const button of root.querySelectorAll("button[data-copy][hidden]")) {
      button.hidden = false;
    }
  }

  // navigator.clipboard exists on https and localhost only.
  function copyBySelection(text) {
    const field = document.createElement("textarea");
    field.value = text;
    field.className = "visually-hidden";
    document.body.append(field);
    field.select();
    const isDone = document.execCommand("copy");
    field.remove();
    return isDone;
  }

  async function copy(text) {
    try {
      await navigator.clipboard.writeText(text);
      return true;
    } catch {
      return copyBySelection(text);
    }
  }

  document.addEventListener("click", async (event) => {
    const button = event.target.closest("button[data-copy]");
    if (!button || button.dataset.label) {
      return;
    }
    button.dataset.label = button.textContent;
    button.textContent = (await copy(button.dataset.copy)) ? DONE : FAILED;
    button.focus();
    setTimeout(() => {
      button.textContent = button.dataset.label;
      delete button.dataset.label;
    }, 2000);
  });

  reveal(document);
  document.addEventListener("fragment-replaced", (event) => reveal(event.target));
})();
