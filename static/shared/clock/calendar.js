// A calendar beside a field for a moment: the day that is chosen there is written into the field as people type it.
"use strict";

for (const field of document.querySelectorAll("[data-moment]")) {
  const day = document.createElement("input");
  if (!day.showPicker) break;
  day.type = "date";
  day.className = "moment__day";
  day.tabIndex = -1;
  day.setAttribute("aria-hidden", "true");

  const button = document.createElement("button");
  button.type = "button";
  button.className = "button button--small";
  button.textContent = "日历";
  button.setAttribute("aria-controls", field.id);

  const box = document.createElement("span");
  box.className = "moment";
  field.replaceWith(box);
  box.append(field, button, day);

  button.addEventListener("click", () => {
    day.value = field.value.trim().slice(0, 10);
    day.showPicker();
  });
  day.addEventListener("change", () => {
    const time = field.value.trim().slice(10).trim() || "09:30";
    field.value = `${day.value} ${time}`;
    field.focus();
  });
}
