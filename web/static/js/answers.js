/* Answers: a press on play plays just that moment, in a small bar at the foot. */
import { listen } from "./keys.js";
import { clock } from "./time.js";

const bar = document.querySelector("[data-nowbar]");
const sound = bar.querySelector("audio");
const part = (name) => bar.querySelector(`[data-nowbar-${name}]`);
const moments = [...document.querySelectorAll("[data-moment]")];
let current = null;

function show() {
  const playing = current !== null && !sound.paused;
  for (const moment of moments) moment.setAttribute("aria-pressed", String(playing && moment === current));
  part("play").setAttribute("aria-pressed", String(playing));
  part("play").setAttribute("aria-label", playing ? "Pause" : "Play");
}

function play(moment) {
  if (moment === current) return toggle();
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

for (const moment of moments) {
  moment.setAttribute("role", "button");
  moment.setAttribute("aria-pressed", "false");
  moment.addEventListener("click", (event) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    play(moment);
  });
  moment.addEventListener("keydown", (event) => {
    if (event.key !== " ") return;
    event.preventDefault();
    play(moment);
  });
}

listen({ n: () => walk(1), p: () => walk(-1), " ": toggle });
