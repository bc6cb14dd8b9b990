/* Form that takes the selected words of a transcript or note off the record. */
import { whenSelected } from "./selected.js";

const form = document.querySelector("[data-off-record]");

// Some browsers clear the selection when a button is pressed.
form.addEventListener("mousedown", (event) => event.preventDefault());

whenSelected((chosen) => {
  if (form.contains(document.activeElement)) return;
  const values = chosen?.across ? null : chosen;
  form.hidden = values === null;
  for (const field of form.elements) {
    if (values && field.name in values) field.value = values[field.name];
  }
});
