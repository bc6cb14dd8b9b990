/* Lines of a transcript in the editor. Every change is a list of splices, so that it can be undone. */

/**
 * Line: `base` is its ordinal in the base version, null if its text was changed. `was` is its speaker
 * and suspect reason in that version. Line objects are never changed, only replaced.
 * @typedef {{base: number|null, was: [string, string], text: string, speaker: string,
 *   suspect: string, start: number|null, end: number|null}} Line
 */

export class Model extends EventTarget {
  /** @param {Line[]} lines */
  constructor(lines) {
    super();
    this.lines = lines;
    this.done = []; // lists of splices, one list for each change
    this.undone = [];
  }

  /** Apply splices {at, removed, inserted} in order. `at` is an index after the splices before it. */
  change(splices) {
    const real = splices.filter(({ removed, inserted }) => removed.length || inserted.length);
    if (!real.length) return;
    this.done.push(real);
    this.undone = [];
    for (const splice of real) this.apply(splice);
    this.tell(real[0].at);
  }

  apply({ at, removed, inserted }) {
    this.lines.splice(at, removed.length, ...inserted);
    this.dispatchEvent(new CustomEvent("splice", { detail: { at, removed: removed.length, inserted } }));
  }

  tell(at) {
    this.dispatchEvent(new CustomEvent("change", { detail: { at } }));
  }

  undo() {
    const splices = this.done.pop();
    if (!splices) return false;
    for (const { at, removed, inserted } of [...splices].reverse()) {
      this.apply({ at, removed: inserted, inserted: removed });
    }
    this.undone.push(splices);
    this.tell(splices[0].at);
    return true;
  }

  redo() {
    const splices = this.undone.pop();
    if (!splices) return false;
    for (const splice of splices) this.apply(splice);
    this.done.push(splices);
    this.tell(splices[0].at);
    return true;
  }

  replace(at, count, inserted) {
    this.change([{ at, removed: this.lines.slice(at, at + count), inserted }]);
  }

  write(at, text) {
    const line = this.lines[at];
    const said = line.start === null ? text.trim() : text.split(/\s+/).join(" ").trim();
    if (said === line.text) return;
    this.replace(at, 1, said ? [{ ...line, base: null, text: said }] : []);
  }

  /** Split a line at a character. The start of the second part is estimated from the number of characters. */
  split(at, place) {
    const line = this.lines[at];
    const first = line.text.slice(0, place).trim();
    const second = line.text.slice(place).trim();
    if (!first || !second) return false;
    const middle = line.start === null ? null : line.start + ((line.end - line.start) * place) / line.text.length;
    this.replace(at, 1, [
      { ...line, base: null, text: first, end: middle },
      { ...line, base: null, text: second, start: middle },
    ]);
    return true;
  }

  merge(at) {
    const [first, second] = this.lines.slice(at, at + 2);
    if (!second) return false;
    const text = `${first.text} ${second.text}`;
    this.replace(at, 2, [{ ...first, base: null, text, end: second.end, suspect: first.suspect || second.suspect }]);
    return true;
  }

  drop(at) {
    this.replace(at, 1, []);
  }

  accept(at) {
    if (this.lines[at].suspect) this.replace(at, 1, [{ ...this.lines[at], suspect: "" }]);
  }

  /** Set the speaker of the lines that `scope` selects, starting at `at`. */
  say(at, name, scope) {
    const before = this.lines[at].speaker;
    const speaker = name.split(/\s+/).join(" ").trim();
    let places = [at];
    if (scope === "turn") {
      for (let next = at + 1; this.lines[next]?.speaker === before; next += 1) places.push(next);
    } else if (scope !== "line") {
      const from = scope === "on" ? at : 0;
      places = this.lines.map((_, i) => i).filter((i) => i >= from && this.lines[i].speaker === before);
    }
    this.change(
      places.map((place) => {
        const line = this.lines[place];
        return { at: place, removed: [line], inserted: [{ ...line, speaker }] };
      }),
    );
  }

  /** Return the draft for the server: ranges of the base version, and the changed lines. */
  pieces() {
    const pieces = [];
    for (const { base, was, text, speaker, suspect } of this.lines) {
      if (base === null) {
        pieces.push({ text, speaker, suspect });
        continue;
      }
      const piece = { keep: base };
      if (speaker !== was[0]) piece.speaker = speaker;
      if (suspect !== was[1]) piece.suspect = suspect;
      const last = pieces.at(-1);
      const plain = Object.keys(piece).length === 1;
      if (plain && last?.plain && last.to === base - 1) last.to = base;
      else pieces.push(plain ? { keep: base, to: base, plain } : piece);
    }
    return pieces.map(({ plain, ...piece }) => piece);
  }

  /** Make the current lines the base version. Lines in the undo history get no base ordinal. */
  published(texts) {
    const past = [...this.done, ...this.undone].flat().flatMap(({ removed, inserted }) => [...removed, ...inserted]);
    for (const line of past) line.base = null;
    this.lines.forEach((line, at) => {
      line.base = at;
      line.text = texts[at].text;
      line.start = texts[at].start;
      line.end = texts[at].end;
      line.was = [line.speaker, line.suspect];
    });
  }
}
