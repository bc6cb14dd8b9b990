/* List of the lines on the page. It follows the model. One line is selected, and one line may be open for editing. */
import { clock, lastAt } from "./time.js";
import { gettext } from "./translation.js";

const HUES = 8; // as in site.css

export function lineOf(item) {
  const number = (name) => (item.dataset[name] === undefined ? null : Number(item.dataset[name]));
  return {
    base: number("base"),
    was: JSON.parse(item.dataset.was),
    text: item.querySelector(".said, textarea").textContent,
    speaker: item.dataset.speaker,
    suspect: item.dataset.suspect,
    start: number("t"),
    end: number("end"),
  };
}

function span(text) {
  const said = document.createElement("span");
  said.className = "said";
  said.textContent = text;
  return said;
}

function hueOf(name) {
  return [...new TextEncoder().encode(name)].reduce((sum, byte) => sum + byte, 0) % HUES;
}

export class List {
  /**
   * @param {HTMLElement} root
   * @param {import("./editor_model.js").Model} model
   */
  constructor(root, model) {
    this.root = root;
    this.model = model;
    this.items = [...root.children];
    for (const form of root.querySelectorAll("form")) {
      form.replaceWith(span(form.querySelector("textarea").textContent));
    }
    this.pattern = this.items[0]?.cloneNode(true);
    this.at = 0;
    this.writing = null; // the textarea of the open line; null if no line is open
    this.now = null;
    model.addEventListener("splice", ({ detail }) => this.splice(detail));
  }

  splice({ at, removed, inserted }) {
    for (const item of this.items.slice(at, at + removed)) item.remove();
    const fresh = inserted.map((line) => this.drawn(line));
    if (this.items[at + removed]) this.items[at + removed].before(...fresh);
    else this.root.append(...fresh);
    this.items.splice(at, removed, ...fresh);
    for (let i = at; i <= at + fresh.length && i < this.items.length; i += 1) this.head(i);
    this.starts = null;
  }

  drawn(line) {
    const item = this.pattern.cloneNode(true);
    item.removeAttribute("id");
    item.querySelector("noscript")?.remove();
    item.className = `editor-line${line.speaker ? ` hue-${this.hue(line.speaker)}` : ""}`;
    item.classList.toggle("suspect", Boolean(line.suspect));
    item.querySelector(".at").textContent = line.start === null ? "" : clock(line.start);
    item.querySelector(".by").textContent = line.speaker;
    item.querySelector(".said").textContent = line.text;
    const why = item.querySelector(".why");
    why.textContent = line.suspect;
    why.hidden = !line.suspect;
    return item;
  }

  /** Return the hue of a speaker: the hue that the page already shows for the speaker, else a new one. */
  hue(name) {
    const like = this.items.find((item) => item.dataset.speaker === name)?.className.match(/hue-(\d)/);
    return like ? like[1] : hueOf(name);
  }

  /** Show the name of the speaker if the line before has another speaker. */
  head(at) {
    const { lines } = this.model;
    const { speaker } = lines[at];
    this.items[at].classList.toggle("opens", Boolean(speaker) && speaker !== (lines[at - 1]?.speaker ?? ""));
  }

  choose(at, { focus = true } = {}) {
    if (!this.items.length) return;
    this.items[this.at]?.removeAttribute("aria-current");
    this.at = Math.max(0, Math.min(at, this.items.length - 1));
    const item = this.items[this.at];
    item.setAttribute("aria-current", "true");
    if (focus && !this.writing) item.focus({ preventScroll: true });
    item.scrollIntoView({ block: "nearest" });
    this.root.dispatchEvent(new Event("choose"));
  }

  /** Open a line for editing, with the characters `from` to `to` selected. */
  open(at, from = null, to = from) {
    if (this.writing) this.close();
    this.choose(at, { focus: false });
    const said = this.items[this.at]?.querySelector(".said");
    if (!said) return;
    const { text } = this.model.lines[this.at];
    const box = document.createElement("textarea");
    box.value = text;
    box.rows = 1;
    box.className = "said";
    box.setAttribute("aria-label", gettext("Text of this line"));
    said.replaceWith(box);
    this.replaced = said;
    this.writing = box;
    const grow = () => {
      box.style.height = "auto";
      box.style.height = `${box.scrollHeight}px`;
    };
    box.addEventListener("input", grow);
    box.addEventListener("blur", () => this.writing === box && this.close());
    grow();
    box.focus({ preventScroll: true });
    box.setSelectionRange(from ?? text.length, to ?? text.length);
    this.root.dispatchEvent(new Event("choose"));
  }

  /** Close the open line. The new text is one change that can be undone. */
  close() {
    const box = this.writing;
    if (!box) return;
    this.writing = null;
    box.replaceWith(this.replaced);
    this.model.write(this.at, box.value);
    this.root.dispatchEvent(new Event("choose"));
  }

  /** Mark the line that is played at `time`. */
  show(time) {
    this.starts ??= this.model.lines.map((line) => line.start ?? -1);
    const item = this.items[lastAt(this.starts, time)] ?? null;
    if (item === this.now) return;
    this.now?.classList.remove("is-now");
    item?.classList.add("is-now");
    this.now = item;
  }
}
