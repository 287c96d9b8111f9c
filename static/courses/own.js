// A mistake's link also selects its line in the text, where it is put right. Without this script it leads to the line
// in the list below.
(() => {
  "use strict";

  const text = document.querySelector(".own-form textarea");

  function select(number) {
    const lines = text.value.split("\n");
    const start = lines.slice(0, number - 1).join("\n").length + (number > 1 ? 1 : 0);
    text.focus();
    text.setSelectionRange(start, start + lines[number - 1].length);
    text.scrollTop = (text.scrollHeight / lines.length) * Math.max(number - 6, 0);
  }

  for (const link of document.querySelectorAll("[data-line]")) {
    link.addEventListener("click", (event) => {
      event.preventDefault();
      text.scrollIntoView({ block: "center" });
      select(Number(link.dataset.line));
    });
  }
})();
