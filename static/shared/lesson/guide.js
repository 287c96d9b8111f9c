// “Show me”: highlights the control that the bar's step is about, or the way to its page, with a note before it that
// says what to do and why. The note stands in the flow of the page, so that it covers nothing, and whatever is
// highlighted or not can be pressed. It goes on from page to page until Escape or 收起指引; the server remembers that.
// Without this script the bar's button is a link to the control.
(() => {
  "use strict";

  const NOTE_ID = "lesson-note";
  // What the note stands before: in the midst of a line or a table it would tear these apart.
  const BLOCKS = "form, section, ul, ol, dl, nav, .handset, .table-wrap, .page-head";

  let running = null;
  let isOn = false;
  let described = null;

  const find = (selector) => document.querySelector(`[data-lesson] ${selector}`);
  const bar = () => document.querySelector("[data-lesson]");
  const button = () => find("[data-guide-button]");
  const isSeen = (element) => element.checkVisibility() && !element.closest(".lesson");

  // ── What is highlighted ──────────────────────────────────────────────────────────────────────────────────────────

  // Another phone's page has the same control: whether this is the page, the server says.
  const control = (go) =>
    go.dataset.guideHere === "true"
      ? [...document.querySelectorAll(`[data-guide~="${go.dataset.guideName}"]`)].find(isSeen)
      : undefined;

  // A link of the page that leads there; else the bar's own.
  function way(go) {
    const wanted = new URL(go.dataset.guidePage, location.href).href;
    const links = [...document.querySelectorAll("main a[href], .banner a[href]")].filter(isSeen);
    return links.find((link) => link.href.replace(/#.*$/, "") === wanted) ?? go;
  }

  // The page's own frame, in which a note has no place.
  const isOutside = (target) => target.closest(".lesson, .banner") !== null;

  // ── The note ─────────────────────────────────────────────────────────────────────────────────────────────────────

  function line(text, className = "") {
    const made = document.createElement("p");
    made.textContent = text;
    made.className = className;
    return made;
  }

  function link(from, text) {
    const made = document.createElement("a");
    made.className = "button button--small";
    made.href = from.href;
    made.textContent = text;
    return made;
  }

  function closing() {
    const made = document.createElement("button");
    made.type = "button";
    made.className = "button button--small button--quiet";
    made.textContent = "收起指引";
    made.addEventListener("click", hide);
    return made;
  }

  function fill(note, go, isHere) {
    const [does, why] = ["[data-guide-do]", "[data-guide-why]"].map((each) => find(each).textContent);
    const { guideLabel: label, guideSays: says } = go.dataset;
    const onTheWay = isHere ? says : `先到“${label}”那一页，从这里走。`;
    const phone = find("[data-guide-phone]");
    const row = document.createElement("div");
    row.className = "cluster";
    row.append(
      ...(isHere ? [] : [link(go, `直接打开：${label}`)]),
      ...(phone ? [link(phone, phone.textContent)] : []),
      closing(),
    );
    note.replaceChildren(line(onTheWay || does, "lesson-note__do"), line(onTheWay ? does : why), row);
    note.id = NOTE_ID;
    note.tabIndex = -1;
    note.setAttribute("role", "group");
    note.setAttribute("aria-label", "指引");
    note.removeAttribute("aria-labelledby");
    note.removeAttribute("aria-describedby");
  }

  function place(note, target) {
    note.classList.toggle("lesson-note--of-bar", isOutside(target));
    if (isOutside(target)) {
      bar().after(note);
    } else {
      (target.closest(BLOCKS) ?? target).before(note);
    }
  }

  // ── On and off ───────────────────────────────────────────────────────────────────────────────────────────────────

  // The control is told with the note, also where the browser has put the focus on it.
  function describe(target) {
    const before = target.getAttribute("aria-describedby");
    target.setAttribute("aria-describedby", before ? `${before} ${NOTE_ID}` : NOTE_ID);
    described = () =>
      before ? target.setAttribute("aria-describedby", before) : target.removeAttribute("aria-describedby");
  }

  function clear() {
    running?.destroy();
    running = null;
    described?.();
    described = null;
    document.documentElement.removeAttribute("data-guided");
  }

  function draw({ takesFocus }) {
    const focused = document.activeElement;
    clear();
    const go = button();
    if (!isOn || !go || document.querySelector("dialog[open]")) {
      return;
    }
    const here = control(go);
    const target = here ?? way(go);
    running = window.driver.js.driver({
      animate: false,
      allowKeyboardControl: false,
      overlayClickBehavior: () => {},
      overlayOpacity: 0.25,
      stagePadding: 6,
      popoverClass: "lesson-note",
      onPopoverRender: ({ wrapper }) => {
        fill(wrapper, go, Boolean(here));
        place(wrapper, target);
      },
    });
    running.highlight({ element: target, popover: { title: "", description: "" } });
    for (const name of ["aria-haspopup", "aria-expanded", "aria-controls"]) {
      target.removeAttribute(name);
    }
    describe(target);
    const note = document.getElementById(NOTE_ID);
    if (takesFocus || focused === document.body || !focused?.isConnected) {
      note.focus({ preventScroll: true });
    } else {
      focused.focus({ preventScroll: true });
    }
    lookAt(note, target);
    document.documentElement.dataset.guided = here ? go.dataset.guideName : "way";
  }

  // Both are seen, the note rather than the end of a large control, and not below a banner that stays.
  function lookAt(note, target) {
    const boxes = [note, target].map((each) => each.getBoundingClientRect());
    const edge = isOutside(target) ? 0 : parseFloat(getComputedStyle(note).scrollMarginTop);
    if (Math.min(...boxes.map((box) => box.top)) < edge || Math.max(...boxes.map((box) => box.bottom)) > innerHeight) {
      note.scrollIntoView({ block: "start" });
      running.refresh();
    }
  }

  async function remember(address) {
    const form = find("[data-guide-switch]");
    try {
      await fetch(address, { method: "POST", body: new FormData(form), keepalive: true, redirect: "manual" });
    } catch {
      // The server is away for a moment: then only this page shows the way.
    }
  }

  // On this page, or on that of the control as soon as it is known there that the way is to be shown.
  async function show(go) {
    isOn = true;
    if (control(go)) {
      draw({ takesFocus: true });
      await remember(go.dataset.guideShow);
    } else {
      await remember(go.dataset.guideShow);
      location.assign(go.href);
    }
  }

  function hide() {
    isOn = false;
    const hadFocus = document.getElementById(NOTE_ID)?.contains(document.activeElement);
    clear();
    if (hadFocus) {
      button()?.focus({ preventScroll: true });
    }
    remember(button()?.dataset.guideHide);
  }

  document.addEventListener("click", (event) => {
    const go = event.target.closest?.("[data-guide-button]");
    if (go && !event.ctrlKey && !event.metaKey && !event.shiftKey) {
      event.preventDefault();
      show(go);
    }
  });
  document.addEventListener("keydown", (event) => {
    if (running && event.key === "Escape") {
      hide();
    } else if (event.key === "Tab") {
      event.stopPropagation(); // the note holds nobody back: Tab goes on through the page
    }
  });
  document.addEventListener("close", () => draw({ takesFocus: false }), true); // a dialog
  document.addEventListener("fragment-replaced", () => running && draw({ takesFocus: false }));
  document.addEventListener("lesson-renewed", () => {
    isOn = bar()?.dataset.shown === "true";
    draw({ takesFocus: false });
  });
  new ResizeObserver(() => running?.refresh()).observe(document.body);

  isOn = bar()?.dataset.shown === "true";
  draw({ takesFocus: false });
})();
