/* Marked words of a transcript or a note, ready to be taken off the record. */
import { whenSelected } from "./selected.js";

const form = document.querySelector("[data-off-record]");

// Some browsers take the selection away when something else is pressed.
form.addEventListener("mousedown", (event) => event.preventDefault());

whenSelected((chosen) => {
  if (form.contains(document.activeElement)) return;
  const values = chosen?.across ? null : chosen;
  form.hidden = values === null;
  for (const field of form.elements) {
    if (values && field.name in values) field.value = values[field.name];
  }
});
