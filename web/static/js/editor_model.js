/* The lines of a transcript under correction: changed by splices, so that every change can be undone. */

/**
 * A line: `base` is its place in the version that is corrected (null: its words were changed),
 * `was` its speaker and suspicion there. Lines are never changed, only replaced.
 * @typedef {{base: number|null, was: [string, string], text: string, speaker: string,
 *   suspect: string, start: number|null, end: number|null}} Line
 */

export class Model extends EventTarget {
  /** @param {Line[]} lines */
  constructor(lines) {
    super();
    this.lines = lines;
    this.done = []; // lists of splices that belong together
    this.undone = [];
  }

  /** Replace lines: each splice is {at, removed, inserted}; places are those after the ones before it. */
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

  /** Part a line between characters; the second part's second is guessed by letters until it is kept. */
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

  /** Say who speaks, in the lines that `scope` means from `at` on. */
  say(at, name, scope) {
    const voice = this.lines[at].speaker;
    const speaker = name.split(/\s+/).join(" ").trim();
    let places = [at];
    if (scope === "turn") {
      for (let next = at + 1; this.lines[next]?.speaker === voice; next += 1) places.push(next);
    } else if (scope !== "line") {
      const from = scope === "on" ? at : 0;
      places = this.lines.map((_, i) => i).filter((i) => i >= from && this.lines[i].speaker === voice);
    }
    this.change(
      places.map((place) => {
        const line = this.lines[place];
        return { at: place, removed: [line], inserted: [{ ...line, speaker }] };
      }),
    );
  }

  /** What the server keeps: ranges of the version, and the lines that are not of it. */
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

  /** The lines as they stand are version `base` now; lines of the past are not of it. */
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
