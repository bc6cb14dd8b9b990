/* Selected words: link to the clip page, and buttons that mark them. The keys `c` and `s` also take the played line. */
import { listen } from "./keys.js";
import { endOf, paper, selected, text, whenSelected } from "./selected.js";

const SHORTEST = 0.2; // seconds

const bar = document.querySelector("[data-keep]");
const link = bar?.querySelector("a");
const form = bar?.querySelector("form[data-mark]");

/** Return [name, value] of each parameter of a moment. */
function placeOf({ paragraph, from, to }) {
  const place = paragraph === undefined ? { from, to: Math.max(to, from + SHORTEST) } : { paragraph };
  return Object.entries(place).map(([name, value]) => [name, String(Math.round(value * 1000) / 1000)]);
}

const address = (moment) => `${bar.dataset.keep}?${new URLSearchParams(placeOf(moment))}`;

/** Write a moment into the form that marks it. */
function fill(moment) {
  for (const field of form.querySelectorAll("[data-place]")) field.remove();
  for (const [name, value] of placeOf(moment)) {
    const field = document.createElement("input");
    Object.assign(field, { type: "hidden", name, value });
    field.dataset.place = "";
    form.append(field);
  }
  form.querySelector("[data-mark-says]").textContent = "";
}

/** Return the selection, else the played line, else the first words. */
async function here() {
  const line = text?.querySelector(".is-now") ?? text?.querySelector("[data-t]");
  const whole = line && { from: Number(line.dataset.t), to: endOf(line) };
  return (await selected()) ?? whole ?? (paper && { paragraph: 0 });
}

async function keep() {
  const moment = await here();
  if (moment) location.assign(address(moment));
}

async function save() {
  const moment = await here();
  if (!moment || !form) return;
  fill(moment);
  bar.hidden = false;
  form.requestSubmit(form.querySelector("button[value=saved]"));
}

if (bar) {
  whenSelected((moment) => {
    bar.hidden = moment === null;
    if (!moment) return;
    link.href = address(moment);
    if (form) fill(moment);
  });
  listen(form ? { c: keep, s: save } : { c: keep });
}
