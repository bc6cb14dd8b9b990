/* Transcript that follows the sound: marks the line and the word, and scrolls unless the reader has scrolled. */
import { lastAt } from "./time.js";
import { offsetIn, places, timesOf } from "./words.js";

const still = matchMedia("(prefers-reduced-motion: reduce)");
const saying = "Highlight" in window && CSS.highlights ? new Highlight() : null;
if (saying) CSS.highlights.set("saying", saying);

export class Transcript {
  /**
   * @param {HTMLElement} root
   * @param {{onPick: (time: number) => void, onFollow: (following: boolean) => void}} calls
   */
  constructor(root, calls) {
    this.root = root;
    this.calls = calls;
    this.lines = [...root.querySelectorAll("[data-t]")];
    this.starts = this.lines.map((line) => Number(line.dataset.t));
    this.now = null;
    this.following = true;
    this.scrolledByUs = performance.now() + 1500; // the browser scrolls to the fragment of the URL
    root.addEventListener("click", (event) => this.pick(event));
    for (const name of ["wheel", "touchmove"]) {
      addEventListener(name, () => this.follow(false), { passive: true });
    }
    addEventListener("scroll", () => {
      if (performance.now() > this.scrolledByUs) this.follow(false);
    }, { passive: true });
  }

  follow(on) {
    if (on === this.following) return;
    this.following = on;
    this.calls.onFollow(on);
    if (on && this.now) this.bring(this.now, "center");
  }

  /** Mark the line and the word at `time`. */
  async show(time) {
    const line = this.lines[lastAt(this.starts, time)] ?? null;
    if (line !== this.now) {
      this.now?.classList.remove("is-now");
      line?.classList.add("is-now");
      this.now = line;
      if (line && this.following) this.keepInSight(line);
    }
    if (!line || !saying) return;
    const timed = await timesOf(this.root, line);
    if (line !== this.now) return;
    const at = lastAt(timed.map((word) => word[1]), time);
    saying.clear();
    const range = at < 0 ? null : rangeOf(line.querySelector(".said"), timed, at);
    if (range) saying.add(range);
  }

  keepInSight(line) {
    const { top, bottom } = line.getBoundingClientRect();
    const head = document.querySelector("[data-player]")?.getBoundingClientRect().bottom ?? 0;
    if (top < head + 24 || bottom > innerHeight * 0.72) this.bring(line, "center");
  }

  bring(line, block) {
    this.scrolledByUs = performance.now() + 1200;
    const far = Math.abs(line.getBoundingClientRect().top - innerHeight / 2) > innerHeight;
    line.scrollIntoView({ block, behavior: still.matches || far ? "auto" : "smooth" });
  }

  async pick(event) {
    const line = event.target.closest("[data-t]");
    const selects = String(getSelection()) !== "";
    if (!line || selects || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    this.follow(true);
    const onTime = event.target.closest(".at");
    const word = onTime ? null : wordUnder(event, await timesOf(this.root, line), line);
    this.calls.onPick(word ?? Number(line.dataset.t));
  }
}

function rangeOf(said, timed, index) {
  const [from, to] = places(said, timed)[index];
  const range = document.createRange();
  const walker = document.createTreeWalker(said, NodeFilter.SHOW_TEXT);
  let before = 0;
  let begun = false;
  while (walker.nextNode()) {
    const node = walker.currentNode;
    if (!begun && before + node.length > from) {
      range.setStart(node, from - before);
      begun = true;
    }
    if (begun && before + node.length >= to) {
      range.setEnd(node, to - before);
      return range;
    }
    before += node.length;
  }
  return null;
}

/** Return the start of the word under the pointer in seconds; null if there is none. */
function wordUnder(event, timed, line) {
  const said = line.querySelector(".said");
  const caret = document.caretPositionFromPoint?.(event.clientX, event.clientY);
  const offset = caret ? offsetIn(said, caret.offsetNode, caret.offset) : null;
  if (offset === null) return null;
  const index = places(said, timed).findIndex(([from, to]) => from <= offset && offset <= to);
  return index < 0 ? null : timed[index][1];
}
