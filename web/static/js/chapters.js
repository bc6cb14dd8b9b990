/* Chapter form beside the player: add a chapter at the current second, play a chapter, remove a chapter. */
import { clock } from "./time.js";

const form = document.querySelector("[data-chapters-form]");
const rows = form.querySelector("[data-rows]");
const sound = document.querySelector("[data-sound]");
const add = form.querySelector("[data-add]");

/** Format seconds as the form parses them, such as `12:34.5`. */
function written(seconds) {
  const tenths = Math.floor(seconds * 10) % 10;
  return clock(seconds) + (tenths ? `.${tenths}` : "");
}

function seconds(text) {
  return text.split(":").reduce((sum, part) => sum * 60 + Number(part), 0);
}

function setUp(row) {
  const [time, title] = row.querySelectorAll("input");
  const remove = row.querySelector("[data-remove]");
  const hear = row.querySelector("[data-hear]");
  remove.hidden = false;
  remove.addEventListener("click", () => {
    title.value = "";
    row.hidden = true;
    const next = [...rows.querySelectorAll("[data-row]")].find((other) => !other.hidden);
    next.querySelector("[name=title]").focus();
  });
  hear.hidden = !sound;
  hear.addEventListener("click", () => {
    const at = seconds(time.value);
    if (!Number.isFinite(at)) return;
    sound.currentTime = at;
    sound.play();
  });
}

function addHere() {
  const last = [...rows.querySelectorAll("[data-row]")].at(-1);
  const row = last.cloneNode(true);
  const [time, title] = row.querySelectorAll("input");
  time.value = written(sound.currentTime);
  title.value = "";
  row.hidden = false;
  setUp(row);
  last.before(row);
  title.focus();
}

for (const row of rows.querySelectorAll("[data-row]:not(:last-child)")) setUp(row);
if (sound) {
  add.hidden = false;
  add.addEventListener("click", addHere);
  for (const name of ["timeupdate", "seeked"]) {
    sound.addEventListener(name, () => (form.querySelector("[data-at]").textContent = clock(sound.currentTime)));
  }
}
