/* Session page: player, transcript that follows it, and search results in the session. */
import { listen } from "./keys.js";
import { clock } from "./time.js";
import { Transcript } from "./transcript.js";
import { gettext } from "./translation.js";
import { Waveform } from "./waveform.js";

const player = document.querySelector("[data-player]");
const text = document.querySelector("[data-transcript]");
const hits = [...document.querySelectorAll("[data-hit]")];
const media = player?.querySelector("audio, video") ?? null;
const part = (name) => player?.querySelector(`[data-${name}]`);
let walked = -1;

let forgetting = 0;

function say(sentence) {
  part("says").textContent = sentence;
  clearTimeout(forgetting);
  forgetting = setTimeout(() => (part("says").textContent = ""), 6000);
}

function go(time, { play = true } = {}) {
  if (!media) return;
  media.currentTime = Math.max(0, Math.min(time, media.duration || time));
  if (play) start();
}

function start() {
  media.play().catch((reason) => {
    // Browsers may block playback before a click. The play button then starts it.
    if (reason.name === "NotAllowedError") {
      part("play").focus({ preventScroll: true });
      say(gettext("Press play to hear the recording from here."));
    }
  });
}

function toggle() {
  if (media.paused) start();
  else media.pause();
}

function walk(step) {
  if (!hits.length) return;
  walked = (walked + step + hits.length) % hits.length;
  visit(hits[walked]);
}

function visit(hit) {
  walked = hits.indexOf(hit);
  for (const other of hits) other.removeAttribute("aria-current");
  hit.setAttribute("aria-current", "true");
  const line = document.getElementById(hit.dataset.line);
  if (!media) {
    location.hash = hit.dataset.line;
    return;
  }
  if (line) {
    transcript.follow(true);
    transcript.bring(line, "center");
  }
  history.replaceState(null, "", hit.href);
  go(Number(hit.dataset.t));
}

for (const hit of hits) {
  hit.addEventListener("click", (event) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    visit(hit);
  });
}

for (const chapter of document.querySelectorAll("[data-chapter]")) {
  chapter.addEventListener("click", (event) => {
    if (!media || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    go(Number(chapter.dataset.chapter));
  });
}

const transcript = text && media
  ? new Transcript(text, {
      onPick: (time) => go(time),
      onFollow: (on) => {
        if (part("follow")) part("follow").hidden = on || media.paused;
      },
    })
  : null;

function turnsOf(duration) {
  const turns = [...(text?.querySelectorAll(".turn") ?? [])];
  const begins = turns.map((turn) => Number(turn.querySelector("[data-t]")?.dataset.t ?? 0));
  return turns.map((of, i) => ({ of, start: begins[i], end: begins[i + 1] ?? duration }));
}

function drawWave() {
  const duration = media.duration || Number(player.dataset.duration);
  if (!Number.isFinite(duration) || duration <= 0) return null;
  const times = hits.filter((hit) => hit.dataset.t).map((hit) => Number(hit.dataset.t));
  const wave = new Waveform(player.querySelector("canvas"), {
    duration,
    hits: times,
    turns: turnsOf(duration),
  });
  part("end").textContent = clock(duration);
  seek.max = String(duration);
  if (player.dataset.peaks) wave.load(player.dataset.peaks);
  return wave;
}

const seek = player?.querySelector(".seek");
let wave = null;

function show() {
  const time = media.currentTime;
  part("now").textContent = clock(time);
  seek.value = String(time);
  seek.setAttribute("aria-valuetext", clock(time));
  wave?.show(time);
  transcript?.show(time);
}

function eachFrame() {
  show();
  if (!media.paused) requestAnimationFrame(eachFrame);
}

function showState() {
  const button = part("play");
  button.setAttribute("aria-pressed", String(!media.paused));
  button.setAttribute("aria-label", media.paused ? gettext("Play") : gettext("Pause"));
  part("follow").hidden = media.paused || !transcript || transcript.following;
}

function speed(step) {
  const choice = part("speed");
  choice.selectedIndex = Math.max(0, Math.min(choice.selectedIndex + step, choice.length - 1));
  choice.dispatchEvent(new Event("change"));
}

async function copyLink() {
  const here = new URL(location.href);
  here.searchParams.set("t", String(Math.floor(media.currentTime * 10) / 10));
  here.hash = transcript?.now ? transcript.now.id : "";
  history.replaceState(null, "", here);
  try {
    await navigator.clipboard.writeText(here.href);
    say(gettext("The link to this second is copied."));
  } catch {
    say(gettext("The link to this second is in the address bar."));
  }
}

/** Show the video in full screen, with the controls of the browser instead of those of the page. */
function fillScreen() {
  if (media instanceof HTMLVideoElement) media.requestFullscreen();
}

function setUpPlayer() {
  media.controls = false;
  media.hidden = media instanceof HTMLAudioElement;
  part("own").hidden = false;
  wave = drawWave();
  media.addEventListener("loadedmetadata", () => {
    wave ??= drawWave();
    show();
  });
  media.addEventListener("play", () => {
    showState();
    requestAnimationFrame(eachFrame);
  });
  media.addEventListener("pause", showState);
  for (const name of ["timeupdate", "seeked"]) media.addEventListener(name, show);
  media.addEventListener("error", () =>
    say(gettext("This recording cannot be played in this browser. The transcript is below.")));
  part("play").addEventListener("click", toggle);
  seek.addEventListener("input", () => go(Number(seek.value), { play: false }));
  part("speed").addEventListener("change", () => (media.playbackRate = Number(part("speed").value)));
  part("copy").addEventListener("click", copyLink);
  part("follow").querySelector("button").addEventListener("click", () => transcript.follow(true));
  for (const button of player.querySelectorAll("[data-skip]")) {
    button.addEventListener("click", () => go(media.currentTime + Number(button.dataset.skip), { play: false }));
  }
  for (const button of player.querySelectorAll("[data-walk]")) {
    button.addEventListener("click", () => walk(Number(button.dataset.walk)));
  }
  part("fill")?.addEventListener("click", fillScreen);
  media.addEventListener("click", toggle);
  media.addEventListener("fullscreenchange", () => {
    media.controls = document.fullscreenElement === media;
  });
  part("captions")?.addEventListener("click", () => {
    const track = media.textTracks[0];
    const on = track && track.mode !== "showing";
    if (track) track.mode = on ? "showing" : "disabled";
    part("captions").setAttribute("aria-pressed", String(Boolean(on)));
  });
  const skip = (seconds) => () => go(media.currentTime + seconds, { play: false });
  listen({
    " ": toggle,
    k: toggle,
    j: skip(-10),
    l: skip(10),
    ArrowLeft: skip(-5),
    ArrowRight: skip(5),
    "<": () => speed(-1),
    ">": () => speed(1),
    m: () => (media.muted = !media.muted),
    f: fillScreen,
  });
}

/** Go to the second in the URL: `?t=754`, or `#t=12` as in W3C Media Fragments. */
function openAtAddress() {
  const fragment = /^#t=(?:npt:)?(\d+(?:\.\d+)?)/.exec(location.hash);
  const named = new URLSearchParams(location.search).has("t") || fragment;
  if (!named) return;
  const asked = fragment ? Number(fragment[1]) : Number(player.dataset.start);
  // URLs round down. The start of the line is exact: it is the start of its first word.
  const line = Number(text?.querySelector(":target")?.dataset.t);
  const time = line >= asked && line - asked < 0.2 ? line : asked;
  const begin = () => {
    go(time);
    transcript?.show(time);
  };
  transcript?.show(time);
  if (media.readyState > 0) begin();
  else media.addEventListener("loadedmetadata", begin, { once: true });
  walked = hits.findIndex((hit) => Math.abs(Number(hit.dataset.t) - time) < 0.2);
  if (walked >= 0) hits[walked].setAttribute("aria-current", "true");
}

listen({ n: () => walk(1), p: () => walk(-1) });
if (media) {
  setUpPlayer();
  openAtAddress();
}
