/* Player of the editor: plays one line or the whole recording, and reports the current second. */
import { clock } from "./time.js";
import { gettext } from "./translation.js";
import { Waveform } from "./waveform.js";

export class Player {
  /** @param {HTMLElement | null} root */
  constructor(root, onTime) {
    this.root = root;
    this.media = root?.querySelector("audio") ?? null;
    this.until = Infinity;
    this.onTime = onTime;
    if (this.media) this.setUp();
  }

  part(name) {
    return this.root.querySelector(`[data-${name}]`);
  }

  setUp() {
    const { media } = this;
    media.controls = false;
    media.hidden = true;
    this.part("own").hidden = false;
    this.seek = this.root.querySelector(".seek");
    this.seek.addEventListener("input", () => this.go(Number(this.seek.value)));
    this.part("play").addEventListener("click", () => this.toggle());
    this.part("speed").addEventListener("change", () => (media.playbackRate = Number(this.part("speed").value)));
    for (const button of this.root.querySelectorAll("[data-skip]")) {
      button.addEventListener("click", () => this.skip(Number(button.dataset.skip)));
    }
    for (const name of ["timeupdate", "seeked", "loadedmetadata"]) media.addEventListener(name, () => this.show());
    for (const name of ["play", "pause"]) media.addEventListener(name, () => this.showState());
    media.addEventListener("loadedmetadata", () => this.drawWave(), { once: true });
    this.drawWave();
  }

  drawWave() {
    const duration = this.media.duration || Number(this.root.dataset.duration);
    if (this.wave || !Number.isFinite(duration) || duration <= 0) return;
    this.wave = new Waveform(this.root.querySelector("canvas"), { duration, hits: [], turns: [] });
    this.seek.max = String(duration);
    this.part("end").textContent = clock(duration);
    if (this.root.dataset.peaks) this.wave.load(this.root.dataset.peaks);
  }

  show() {
    const time = this.media.currentTime;
    if (time >= this.until) {
      this.media.pause();
      this.until = Infinity;
    }
    this.part("now").textContent = clock(time);
    this.seek.value = String(time);
    this.seek.setAttribute("aria-valuetext", clock(time));
    this.wave?.show(time);
    this.onTime(time);
  }

  showState() {
    const { paused } = this.media;
    this.part("play").setAttribute("aria-pressed", String(!paused));
    this.part("play").setAttribute("aria-label", paused ? gettext("Play") : gettext("Pause"));
  }

  go(time) {
    if (!this.media) return;
    this.until = Infinity;
    this.media.currentTime = Math.max(0, time);
  }

  skip(seconds) {
    if (this.media) this.go(this.media.currentTime + seconds);
  }

  toggle() {
    if (!this.media) return;
    this.until = Infinity;
    if (this.media.paused) this.start();
    else this.media.pause();
  }

  start() {
    this.media.play().catch(() => this.showState()); // browsers may block playback before a click
  }

  /** Play from `start` to `end` seconds. */
  hear(start, end) {
    if (!this.media || start === null) return;
    this.go(start);
    this.until = end;
    this.start();
  }

  speed(step) {
    if (!this.media) return;
    const choice = this.part("speed");
    choice.selectedIndex = Math.max(0, Math.min(choice.selectedIndex + step, choice.length - 1));
    choice.dispatchEvent(new Event("change"));
  }
}
