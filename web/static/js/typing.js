/* Answers while one types on: those by words at once, those by meaning after them. */
import { afterPause, Latest } from "./latest.js";

const PAUSE = 180; // milliseconds without a key before anything is asked
const SHORTEST = 3; // letters of a question
const results = document.querySelector("[data-results]");
const box = document.querySelector(".ask [data-search]");
const latest = new Latest();

function addressOf(form, part) {
  const address = new URL(form.action);
  for (const [name, value] of new FormData(form)) if (value) address.searchParams.append(name, value);
  if (part) address.searchParams.set("part", part);
  return address;
}

function show(html) {
  const page = new DOMParser().parseFromString(html, "text/html");
  results.replaceChildren(...page.body.childNodes);
  dispatchEvent(new Event("resultschange"));
}

async function ask() {
  if (box.value.trim().length < SHORTEST) return;
  const form = box.form;
  const whole = addressOf(form);
  results.setAttribute("aria-busy", "true");
  for (const part of ["words", "all"]) {
    const html = await latest.ask(addressOf(form, part), (response) => response.text());
    if (html === null) return;
    show(html);
  }
  results.removeAttribute("aria-busy");
  history.replaceState(history.state, "", whole);
}

const later = afterPause(PAUSE, ask);
box.addEventListener("input", () => {
  latest.forget(); // what was asked before this key may not be shown after it
  later();
});
