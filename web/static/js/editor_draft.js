/* Stores the draft on the server shortly after each change, and saves it as a version. */
import { gettext } from "./translation.js";

const QUIET = 1200; // milliseconds without a change before the draft is stored
const AGAIN = 5000; // milliseconds before the next try after a failed request

export class Draft {
  /**
   * `says` shows a sentence. `onOvertaken` is called if another person saved a version meanwhile,
   * `onElsewhere` if this draft was changed in another window.
   */
  constructor(root, model, calls) {
    this.root = root;
    this.model = model;
    this.calls = calls;
    this.base = Number(root.dataset.base);
    this.revision = Number(root.dataset.revision);
    this.dirty = false;
    this.people = {}; // name -> person id or "new", for names that several people have
    this.keeping = Promise.resolve(true);
    model.addEventListener("change", () => this.touched());
    addEventListener("beforeunload", (event) => this.dirty && event.preventDefault());
    document.addEventListener("visibilitychange", () => document.hidden && this.dirty && this.keep());
  }

  touched() {
    this.dirty = true;
    this.calls.says(gettext("Changed …"));
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.keep(), QUIET);
  }

  /** Store the draft. Requests run one after the other: each needs the revision that the previous request returned. */
  keep() {
    clearTimeout(this.timer);
    this.keeping = this.keeping.then(() => (this.dirty && !this.stopped ? this.send() : !this.stopped));
    return this.keeping;
  }

  async send() {
    this.dirty = false;
    try {
      const answer = await this.put(this.root.dataset.draft, `"${this.revision}"`, {
        base: this.base,
        pieces: this.model.pieces(),
      });
      if (answer.status === 409 || answer.status === 412) {
        this.stopped = true;
        this.calls.onElsewhere((await answer.json()).detail);
        return false;
      }
      if (!answer.ok) throw new Error((await answer.json()).detail);
      const kept = await answer.json();
      this.revision = kept.revision;
      this.calls.says(this.dirty ? gettext("Changed …") : gettext("Saved as your draft."));
      if (kept.overtaken) this.calls.onOvertaken();
      return true;
    } catch (reason) {
      this.dirty = true;
      this.calls.says(gettext("Not saved yet (%(reason)s). Trying again.", { reason: reason.message }));
      this.timer = setTimeout(() => this.keep(), AGAIN);
      return false;
    }
  }

  /** Save the draft as the next version. Resolves to true if it was saved. */
  async publish() {
    this.dirty = true;
    if (!(await this.keep())) return false;
    this.calls.says(gettext("Saving …"));
    const content = { pieces: this.model.pieces(), people: this.people };
    const answer = await this.put(this.root.dataset.publish, `"t${this.base}"`, content);
    if (answer.status === 412) {
      this.calls.onOvertaken();
      return false;
    }
    const saved = await answer.json();
    if (!answer.ok) {
      this.calls.says(saved.detail);
      if (saved.ambiguous_names) this.calls.onAmbiguous(saved.ambiguous_names);
      return false;
    }
    if (saved.segments.length !== this.model.lines.length) location.reload();
    this.base = saved.version_id;
    this.revision = 0;
    this.people = {};
    this.model.published(saved.segments);
    const number = saved.version;
    this.calls.says(gettext("Version %(number)s is saved. Searches use it from now on.", { number }));
    return true;
  }

  put(address, match, content) {
    return fetch(address, {
      method: "PUT",
      headers: { "Content-Type": "application/json", "If-Match": match, "X-CSRFToken": this.root.dataset.csrf },
      body: JSON.stringify(content),
    });
  }
}
