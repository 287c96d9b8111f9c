// A filing's form without reloads: adding, removing and filling in are asked of the server and swapped in; ticks show and
// hide what belongs to them, and so do choices. Without this script the same buttons load the page anew.
(() => {
  "use strict";

  // ── Ticks ────────────────────────────────────────────────────────────────────────────────────────────────────────

  // The fields of a service that was not chosen, or of a person who stands elsewhere, are neither shown nor sent.
  function applyTick(toggle) {
    const box = toggle.querySelector("input[type=checkbox]");
    const part = toggle.parentElement.querySelector("[data-toggled]");
    const isShown = box.checked === (toggle.dataset.toggles === "shown");
    part.hidden = !isShown;
    part.disabled = !isShown;
  }

  function applyTicks() {
    document.querySelectorAll("[data-swaps-by-itself]").forEach((button) => {
      button.hidden = true;
    });
    document.querySelectorAll("[data-toggles]").forEach(applyTick);
    document.querySelectorAll("[data-shown-for]").forEach(applyChoice);
  }

  // A field that only one sort of document has is neither shown nor sent for the others.
  function applyChoice(part) {
    const choice = part.closest("[data-person]").querySelector("select")?.value;
    const isShown = choice === part.dataset.shownFor || (choice === "" && "shownBlank" in part.dataset);
    part.hidden = !isShown;
    part.disabled = !isShown;
  }

  document.addEventListener("change", (event) => {
    const toggle = event.target.closest("[data-toggles]");
    if (toggle) {
      applyTick(toggle);
    }
    event.target.closest("[data-person]")?.querySelectorAll("[data-shown-for]").forEach(applyChoice);
    event.target.closest("[data-submit-on-change]")?.requestSubmit();
    const swaps = event.target.dataset.swapOnChange;
    if (swaps) {
      event.target.form.requestSubmit(event.target.form.querySelector(`button[value="${swaps}"]`));
    }
  });

  // ── Buttons that change the form itself ──────────────────────────────────────────────────────────────────────────

  async function swap(form, button) {
    const body = new FormData(form, button);
    const response = await fetch(location.href, { method: "POST", body }); // form.action would be a button
    const page = new DOMParser().parseFromString(await response.text(), "text/html");
    const fresh = page.querySelector("[data-filing-form]");
    if (!response.ok || !fresh) {
      throw new Error(`the server answered ${response.status}`);
    }
    form.replaceWith(fresh);
    document.title = page.title;
    applyTicks();
    return fresh;
  }

  function focusAfter(form, action) {
    const services = form.querySelectorAll("[data-service]");
    const field =
      action === "add"
        ? services[services.length - 1]?.querySelector("input:not([type=hidden])")
        : form.querySelector(`button[value^="${action === "fill" ? "fill" : "add"}"]`);
    field?.focus();
  }

  document.addEventListener("submit", async (event) => {
    const form = event.target.closest("[data-filing-form]");
    const action = event.submitter?.value.split(":")[0];
    if (!form || !["add", "remove", "fill", "retype"].includes(action)) {
      return;
    }
    event.preventDefault();
    try {
      const field = document.activeElement?.id;
      const fresh = await swap(form, event.submitter);
      if (action === "retype") {
        document.getElementById(field)?.focus();
      } else {
        focusAfter(fresh, action);
      }
    } catch {
      // Let the browser do it the long way: whatever is wrong, the server will say.
      form.append(Object.assign(document.createElement("input"), { type: "hidden", name: "action", value: event.submitter.value }));
      form.submit();
    }
  });

  // ── Sending once ─────────────────────────────────────────────────────────────────────────────────────────────────

  document.addEventListener("submit", (event) => {
    const form = event.target.closest("[data-send-once]");
    if (form?.dataset.isSent) {
      event.preventDefault();
    } else if (form) {
      form.dataset.isSent = "yes";
    }
  });

  window.addEventListener("pageshow", () => {
    document.querySelectorAll("[data-is-sent]").forEach((form) => delete form.dataset.isSent);
    applyTicks();
  });

  applyTicks();
})();
