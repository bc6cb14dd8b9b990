/* Moments in lists: their play buttons play only the moment, in a bar at the bottom of the page. */
import { listen } from "./keys.js";
import { clock } from "./time.js";
import { gettext } from "./translation.js";

const bar = document.querySelector("[data-nowbar]");
const sound = bar.querySelector("audio");
const part = (name) => bar.querySelector(`[data-nowbar-${name}]`);
let current = null; // the moment that is played; it may not be in the current results any more

const momentOf = (event) => (event.target instanceof Element ? event.target.closest("[data-moment]") : null);
const same = (one, other) =>
  one.dataset.src === other.dataset.src && one.dataset.start === other.dataset.start;

/** Make play links buttons. Called again after each change of the results. */
function show() {
  const playing = current !== null && !sound.paused;
  for (const moment of document.querySelectorAll("[data-moment]")) {
    moment.setAttribute("role", "button");
    moment.setAttribute("aria-pressed", String(playing && same(moment, current)));
  }
  part("play").setAttribute("aria-pressed", String(playing));
  part("play").setAttribute("aria-label", playing ? gettext("Pause") : gettext("Play"));
}

function play(moment) {
  if (current && same(moment, current)) return toggle();
  current = moment;
  const { src, start, title } = moment.dataset;
  if (sound.getAttribute("src") !== src) sound.src = src;
  sound.currentTime = Number(start);
  part("link").href = moment.href;
  part("link").textContent = title;
  bar.hidden = false;
  sound.play().catch(show);
}

function toggle() {
  if (!current) return;
  if (!sound.paused) return sound.pause();
  const { start, end } = current.dataset;
  if (sound.currentTime >= Number(end)) sound.currentTime = Number(start);
  sound.play().catch(show);
}

function close() {
  sound.pause();
  bar.hidden = true;
  current?.focus();
  current = null;
  show();
}

function walk(step) {
  const stops = [...document.querySelectorAll(".moment blockquote a")].filter((a) => a.checkVisibility());
  const at = stops.indexOf(document.activeElement);
  stops[Math.max(0, Math.min(at + step, stops.length - 1))]?.focus();
}

sound.addEventListener("timeupdate", () => {
  part("time").textContent = clock(sound.currentTime);
  if (current && sound.currentTime >= Number(current.dataset.end) && !sound.paused) sound.pause();
});
for (const name of ["play", "pause", "ended"]) sound.addEventListener(name, show);
part("play").addEventListener("click", toggle);
part("close").addEventListener("click", close);

document.addEventListener("click", (event) => {
  const moment = momentOf(event);
  if (!moment || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  play(moment);
});
document.addEventListener("keydown", (event) => {
  const moment = momentOf(event);
  if (!moment || event.key !== " ") return;
  event.preventDefault();
  play(moment);
});

/* On a phone the filters are a sheet over the page. Escape and a press beside the sheet close it. */
const phone = matchMedia("(max-width: 40rem)");
const sheet = () => document.querySelector(".filters[open]");
document.addEventListener("click", (event) => {
  // The backdrop belongs to the element that contains the sheet.
  const beside = event.target === sheet() || !sheet()?.contains(event.target);
  if (phone.matches && sheet() && beside) sheet().open = false;
});
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape" || !sheet()) return;
  const opened = sheet();
  opened.open = false;
  opened.querySelector("summary").focus();
});

addEventListener("resultschange", show);
listen({ n: () => walk(1), p: () => walk(-1), " ": toggle });
show();
