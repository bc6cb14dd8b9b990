/* Link from the selected words to the clip page. The key `c` opens it for the selection or the played line. */
import { listen } from "./keys.js";
import { endOf, paper, selected, text, whenSelected } from "./selected.js";

const SHORTEST = 0.2; // seconds

const bar = document.querySelector("[data-keep]");
const link = bar?.querySelector("a");

function address({ paragraph, from, to }) {
  const place = paragraph === undefined ? { from, to: Math.max(to, from + SHORTEST) } : { paragraph };
  const rounded = Object.entries(place).map(([name, value]) => [name, String(Math.round(value * 1000) / 1000)]);
  return `${bar.dataset.keep}?${new URLSearchParams(rounded)}`;
}

async function keep() {
  const line = text?.querySelector(".is-now") ?? text?.querySelector("[data-t]");
  const whole = line && { from: Number(line.dataset.t), to: endOf(line) };
  const moment = (await selected()) ?? whole ?? (paper && { paragraph: 0 });
  if (moment) location.assign(address(moment));
}

if (bar) {
  whenSelected((moment) => {
    bar.hidden = moment === null;
    if (moment) link.href = address(moment);
  });
  listen({ c: keep });
}
