/* Updates the results while the question is typed. Late responses are ignored. */
import { afterPause, Latest } from "./latest.js";

const PAUSE = 250; // milliseconds without a key press before a request is sent
const SHORTEST = 3; // letters of a question
const results = document.querySelector("[data-results]");
const status = document.querySelector("[data-status]");
const box = document.querySelector(".ask [data-search]");
const latest = new Latest();

function addressOf(form, more = {}) {
  const address = new URL(form.action);
  for (const [name, value] of new FormData(form)) if (value) address.searchParams.append(name, value);
  for (const [name, value] of Object.entries(more)) address.searchParams.set(name, value);
  return address;
}

function show(html) {
  const page = new DOMParser().parseFromString(html, "text/html");
  results.replaceChildren(...page.body.childNodes);
  status.textContent = results.querySelector("[data-summary]")?.textContent ?? "";
  dispatchEvent(new Event("resultschange"));
}

async function ask() {
  if (box.value.trim().length < SHORTEST) return;
  const whole = addressOf(box.form);
  const part = addressOf(box.form, { part: "results" });
  const html = await latest.ask(part, (response) => response.text());
  if (html === null) return;
  show(html);
  document.title = document.title.replace(/^.*(?= · )/, box.value.trim());
  history.replaceState(history.state, "", whole);
}

const later = afterPause(PAUSE, ask);
box.addEventListener("input", () => {
  latest.forget(); // results of an earlier text must not be shown any more
  later();
});
