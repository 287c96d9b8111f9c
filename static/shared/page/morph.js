// Brings a part of a page up to date as the server shows it now, node by node: what stands for the same thing (id,
// data-key) stays the same node, with its focus, what was typed, and its scrolling. Used by live.js and courses.js.
(() => {
  "use strict";

  const keyOf = (node) => node.id || node.dataset?.key || node.getAttribute?.("aria-labelledby") || null;
  const isSame = (one, other) => one.nodeName === other.nodeName && keyOf(one) === keyOf(other);

  // What the visitor or another script has set stays.
  const isOwn = (node, name) =>
    (name === "open" && node.nodeName === "DETAILS") ||
    (["hidden", "data-label"].includes(name) && node.matches("[data-copy]"));

  function updateElement(node, wanted) {
    for (const { name, value } of [...wanted.attributes]) {
      if (node.getAttribute(name) !== value && !isOwn(node, name)) {
        node.setAttribute(name, value);
      }
    }
    for (const { name } of [...node.attributes]) {
      if (!wanted.hasAttribute(name) && !isOwn(node, name)) {
        node.removeAttribute(name);
      }
    }
    updateChildren(node, wanted);
  }

  // Of what stands here as it is, the server sends the key alone (data-live-same).
  function update(node, wanted) {
    if (node.nodeType !== Node.ELEMENT_NODE) {
      if (node.data !== wanted.data) {
        node.data = wanted.data;
      }
    } else if (!node.matches("[data-live-keep]") && !wanted.matches("[data-live-same]")) {
      updateElement(node, wanted);
    }
  }

  function updateChildren(node, wanted) {
    const news = [...wanted.childNodes];
    const keys = new Set(news.map(keyOf).filter(Boolean));
    const known = new Map();
    for (const child of [...node.childNodes]) {
      const key = keyOf(child);
      if (key && !keys.has(key)) {
        child.remove();
      } else if (key) {
        known.set(key, child);
      }
    }
    let at = node.firstChild;
    for (const next of news) {
      const key = keyOf(next);
      const here = key ? known.get(key) : at;
      if (!here || !isSame(here, next)) {
        node.insertBefore(document.importNode(next, true), at);
        continue;
      }
      if (here === at) {
        at = at.nextSibling;
      } else {
        node.insertBefore(here, at);
      }
      update(here, next);
    }
    while (at) {
      const next = at.nextSibling;
      at.remove();
      at = next;
    }
  }

  window.morph = (part, wanted) => {
    const focused = part.contains(document.activeElement) ? keyOf(document.activeElement) : null;
    update(part, wanted);
    part.dispatchEvent(new CustomEvent("fragment-replaced", { bubbles: true }));
    if (focused && !part.contains(document.activeElement)) {
      (document.getElementById(focused) ?? part.querySelector(`[data-key="${CSS.escape(focused)}"]`))?.focus();
    }
  };
})();
