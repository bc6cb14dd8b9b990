/* Recorder page. A recording survives a crashed tab, a lost connection and a restart. */
import { listen } from "../js/keys.js";
import { clock } from "../js/time.js";
import { gettext } from "../js/translation.js";
import { asker } from "../tus.js";
import { Chapters } from "./chapters.js";
import { Sender } from "./sender.js";
import { Sound, ending } from "./sound.js";
import * as store from "./store.js";

const QUIET_FOR = 10_000; // milliseconds without sound before the page asks about the microphone
const AUDIBLE = 0.15;

const root = document.querySelector("[data-record]");
const part = (name) => root.querySelector(`[data-${name}]`);
const { person, uploads, mostSeconds } = root.dataset;
const ask = asker(part("token").value);
const chapters = new Chapters(root, () => now?.noted());
let now = null; // the current recording; null if there is none

const REASONS = {
  NotAllowedError: gettext("This page may not use the microphone. Allow it in the browser's address bar, then press the button again."),
  NotFoundError: gettext("No microphone was found. Plug one in, then press the button again."),
  NotReadableError: gettext("Another program is using the microphone. Close it, then press the button again."),
  NoTabSound: gettext("The tab was shared without its sound. Press the button again and tick “share the tab's sound”."),
};

/** One recording, from its start until the library has all of it. */
class Recording {
  constructor(take, pieces) {
    this.take = take;
    this.pieces = pieces;
    this.before = take.seconds; // seconds recorded before the last start or resume
    this.since = null;
    this.keeping = Promise.resolve();
    this.sender = new Sender({
      ask,
      uploads,
      take,
      pieces,
      tell: (words) => (part("sent").textContent = words),
      keep: () => this.keep(),
    });
    chapters.begin(take.chapters, () => this.seconds);
  }

  get seconds() {
    return this.before + (this.since === null ? 0 : (performance.now() - this.since) / 1000);
  }

  async start(shared) {
    this.sound = await Sound.open({ shared });
    this.recorder = this.sound.record((blob) => this.arrived(blob));
    this.since = performance.now();
    this.heard = performance.now();
    this.wake();
    show("recording");
    this.draw();
  }

  arrived(blob) {
    const seconds = this.seconds;
    this.keeping = this.keeping.then(async () => {
      const bytes = await blob.arrayBuffer();
      this.take.seconds = seconds;
      await store.keepPiece(this.take, this.pieces.length, bytes).catch(noCopy);
      this.pieces.push(bytes);
      this.sender.wake();
    });
  }

  keep() {
    return store.keepTake(this.take).catch(noCopy);
  }

  noted() {
    this.keep();
    this.sender.wake();
  }

  pause() {
    this.recorder.requestData();
    this.recorder.pause();
    this.before = this.seconds;
    this.since = null;
    show("paused");
  }

  goOn() {
    this.recorder.resume();
    this.since = this.heard = performance.now();
    show("recording");
    this.draw();
  }

  async finish() {
    show("sending");
    if (this.recorder && this.recorder.state !== "inactive") {
      const ended = new Promise((done) => this.recorder.addEventListener("stop", done, { once: true }));
      this.recorder.stop();
      await ended;
    }
    this.before = this.seconds;
    this.since = null;
    this.sound?.close();
    this.lock?.release();
    await this.keeping;
    try {
      const upload = await this.sender.finish();
      await store.forget(this.take.id).catch(noCopy);
      leaving = true;
      location.assign(`${root.dataset.then}?upload=${upload}`);
    } catch (error) {
      say(`${error.message} ${gettext("The recording is kept in this browser; press Finish to try again.")}`);
      show("stuck");
    }
  }

  draw() {
    if (this.since === null) return;
    const moment = performance.now();
    const level = this.sound.level();
    part("level").value = level;
    part("clock").textContent = clock(this.seconds);
    if (level > AUDIBLE) this.heard = moment;
    part("quiet").hidden = moment - this.heard < QUIET_FOR;
    if (this.seconds >= Number(mostSeconds)) {
      this.pause();
      say(gettext("A recording can be at most %(length)s long. Finish this recording and begin another one.", { length: clock(Number(mostSeconds)) }));
    }
    setTimeout(() => requestAnimationFrame(() => this.draw()), 100);
  }

  async wake() {
    this.lock = await navigator.wakeLock?.request("screen").catch(() => null);
  }
}

let leaving = false;

function say(words) {
  part("says").textContent = words;
  part("says").hidden = !words;
}

function noCopy() {
  say(gettext("This browser cannot keep a copy (its storage is full or switched off). The recording is kept only in the library."));
}

/** Show the elements of a state of the recording. Their `data-when` lists the states. */
function show(moment) {
  root.dataset.moment = moment;
  for (const piece of root.querySelectorAll("[data-when]")) {
    piece.hidden = !piece.dataset.when.split(" ").includes(moment);
  }
  part("clock").textContent = clock(now?.seconds ?? 0);
  if (moment !== "recording") part("level").value = 0;
}

function nameOf() {
  const chosen = part("choose-script");
  const title = chosen?.value ? chosen.selectedOptions[0].textContent : gettext("Recording");
  const day = new Date();
  const two = (n) => String(n).padStart(2, "0");
  return `${title} ${day.getFullYear()}-${two(day.getMonth() + 1)}-${two(day.getDate())}.${ending()}`;
}

async function begin(take, pieces) {
  say("");
  const recording = new Recording(take, pieces);
  now = recording;
  try {
    await recording.start(part("shared").checked);
  } catch (error) {
    recording.sender.stop();
    now = null;
    say(REASONS[error.name] ?? gettext("The recording cannot start: %(reason)s", { reason: error.message }));
    show("ready");
    offer();
    return false;
  }
  return true;
}

function fresh() {
  const random = crypto.getRandomValues(new Uint32Array(4)).join("-");
  return { id: random, person, name: nameOf(), begun: Date.now(), seconds: 0, chapters: [], url: null };
}

/** Run `work`, unless another window has opened the recording. */
function alone(take, work) {
  navigator.locks.request(`recording-${take.id}`, { ifAvailable: true }, async (lock) => {
    if (!lock) return say(gettext("This recording is open in another window. Continue there, or close that window and try again."));
    if ((await work()) !== false) await new Promise(() => {}); // the lock is held until the page is closed
  });
}

async function offer() {
  const takes = await store.unfinished(person).catch(() => []);
  const rows = await Promise.all(takes.map(rowOf));
  part("here").replaceChildren(...rows.filter(Boolean));
  for (const row of root.querySelectorAll("[data-there]")) {
    row.hidden = takes.some((take) => take.url?.endsWith(row.dataset.there));
  }
  part("unfinished").hidden = ![...root.querySelectorAll("[data-here] > li, [data-there]")].some((row) => !row.hidden);
}

async function rowOf(take) {
  const kept = await store.piecesOf(take.id);
  if (!kept.length) {
    await store.forget(take.id);
    return null;
  }
  const pieces = kept.map((piece) => piece.bytes);
  const row = part("row").content.cloneNode(true).firstElementChild;
  row.querySelector("[data-name]").textContent = take.name;
  row.querySelector("[data-length]").textContent = clock(take.seconds);
  const press = (name, work) => row.querySelector(`[data-${name}]`).addEventListener("click", work);
  press("continue", () => alone(take, () => begin(take, pieces)));
  press("end", () => alone(take, () => {
    now = new Recording(take, pieces);
    return now.finish();
  }));
  press("drop", async () => {
    if (!confirm(gettext("Discard this recording? This cannot be undone."))) return;
    if (take.url) await ask("DELETE", take.url).catch(() => {});
    await store.forget(take.id);
    row.remove();
    offer();
  });
  return row;
}

function setUp() {
  part("start").addEventListener("click", () => {
    const take = fresh();
    alone(take, () => begin(take, []));
  });
  part("pause").addEventListener("click", () => now.pause());
  part("resume").addEventListener("click", () => now.goOn());
  for (const button of root.querySelectorAll("[data-finish]")) button.addEventListener("click", () => now.finish());
  const mark = () => {
    if (!["recording", "paused"].includes(root.dataset.moment)) return;
    chapters.add();
    chapters.nameLast();
  };
  part("mark").addEventListener("click", mark);
  listen({ c: mark });
  addEventListener("beforeunload", (event) => {
    if (now && !leaving) event.preventDefault();
  });
  document.addEventListener("visibilitychange", () => {
    if (now?.since && !document.hidden) now.wake(); // browsers release the wake lock in the background
  });
}

if (globalThis.MediaRecorder && navigator.mediaDevices && navigator.locks) {
  setUp();
  show("ready");
  offer();
} else {
  part("cannot").hidden = false;
}
