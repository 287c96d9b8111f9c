// An answer in a dialog, as in its time. Without this script it stands above the form, and 确定 closes it all the same.
"use strict";

(() => {
  const dialog = document.querySelector("[data-dialog]");
  if (!dialog?.open) return; // somebody was quick
  dialog.removeAttribute("open");
  dialog.showModal();
  // Esc and 确定 both lead back to the form behind.
  dialog.addEventListener("close", () => document.querySelector(".entries input:not([type=hidden])")?.focus());
})();
