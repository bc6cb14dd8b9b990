/* Find and replace in the lines of the editor. */
import { gettext, ngettext } from "./translation.js";

const escaped = (text) => text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");

export class Find {
  /** @param {HTMLFormElement} form */
  constructor(form, model, list) {
    this.form = form;
    this.model = model;
    this.list = list;
    this.place = null; // {at, from, to} of the last match
    form.hidden = true;
    for (const button of form.querySelectorAll("[data-do]")) button.hidden = false;
    form.elements.find.addEventListener("input", () => this.count());
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      if (event.submitter?.value === "replace" && document.activeElement === event.submitter) this.all();
      else this.step(1);
    });
    form.addEventListener("keydown", (event) => {
      if (event.key === "Escape") this.close();
      else if (event.key === "Enter" && event.target instanceof HTMLInputElement) {
        event.preventDefault();
        if (event.ctrlKey) this.all();
        else if (event.target.name === "with") this.one();
        else this.step(event.shiftKey ? -1 : 1);
        event.target.focus({ preventScroll: true });
      }
    });
  }

  get pattern() {
    const words = this.form.elements.find.value.trim();
    return words ? new RegExp(`(?<![\\p{L}\\p{N}_])${escaped(words)}(?![\\p{L}\\p{N}_])`, "giu") : null;
  }

  /** Return all matches. */
  places() {
    const { pattern } = this;
    if (!pattern) return [];
    return this.model.lines.flatMap(({ text }, at) =>
      [...text.matchAll(pattern)].map((found) => ({ at, from: found.index, to: found.index + found[0].length })));
  }

  open() {
    this.list.close();
    this.form.hidden = false;
    this.form.elements.find.focus();
    this.form.elements.find.select();
    this.count();
  }

  close() {
    this.form.hidden = true;
    CSS.highlights?.delete("saying");
    this.list.choose(this.place?.at ?? this.list.at);
  }

  count() {
    const { length } = this.places();
    const typed = this.form.elements.find.value.trim();
    this.say(typed ? ngettext("%(num)s place", "%(num)s places", length) : "");
  }

  say(sentence) {
    this.form.querySelector("[data-found]").textContent = sentence;
  }

  step(by) {
    const places = this.places();
    if (!places.length) return this.say(gettext("Not found."));
    const here = this.place ?? { at: this.list.at, from: -1 };
    const later = places.findIndex((p) => p.at > here.at || (p.at === here.at && p.from > here.from));
    const next = by > 0 ? later : (later < 0 ? places.length : later) - (this.isHere(here, places) ? 2 : 1);
    this.place = places[(next + places.length) % places.length];
    this.mark();
    const number = places.indexOf(this.place) + 1;
    this.say(gettext("%(number)s of %(total)s", { number, total: places.length }));
  }

  isHere(here, places) {
    return places.some((place) => place.at === here.at && place.from === here.from);
  }

  mark() {
    const { at, from, to } = this.place;
    this.list.choose(at, { focus: false });
    const said = this.list.items[at].querySelector(".said");
    if (!CSS.highlights || !said) return;
    const range = new Range();
    const walker = document.createTreeWalker(said, NodeFilter.SHOW_TEXT);
    for (let before = 0; walker.nextNode(); before += walker.currentNode.length) {
      const { currentNode: node } = walker;
      if (from >= before && from < before + node.length) range.setStart(node, from - before);
      if (to > before && to <= before + node.length) range.setEnd(node, to - before);
    }
    CSS.highlights.set("saying", new Highlight(range));
  }

  one() {
    if (!this.place) return this.step(1);
    const { at, from, to } = this.place;
    const { text } = this.model.lines[at];
    const replacement = this.form.elements.with.value;
    this.model.write(at, text.slice(0, from) + replacement + text.slice(to));
    this.place = { at, from: from + replacement.length - 1, to: from };
    this.step(1);
  }

  all() {
    const { pattern } = this;
    const count = this.places().length;
    if (!pattern || !count) return this.say(gettext("Not found."));
    const splices = [];
    let moved = 0;
    this.model.lines.forEach((line, at) => {
      const text = line.text.replace(pattern, () => this.form.elements.with.value).split(/\s+/).join(" ").trim();
      if (text === line.text) return;
      splices.push({ at: at + moved, removed: [line], inserted: text ? [{ ...line, base: null, text }] : [] });
      if (!text) moved -= 1;
    });
    this.model.change(splices);
    this.place = null;
    this.say(ngettext("Replaced in %(num)s place. Press Undo to reverse it.", "Replaced in %(num)s places. Press Undo to reverse it.", count));
  }
}
