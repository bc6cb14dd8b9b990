/* List of the speakers in the editor. It is drawn again after each change. */
import { gettext, ngettext } from "./translation.js";

export class SpeakerList {
  /** `calls.before` is called before a name changes; `calls.says` shows a sentence. */
  constructor(root, model, calls) {
    this.root = root;
    this.model = model;
    this.calls = calls;
    this.list = root.querySelector("[data-speaker-list]");
    this.pattern = this.list.querySelector("li")?.cloneNode(true);
    this.proposed = JSON.parse(root.dataset.proposed);
    this.list.addEventListener("submit", (event) => this.submit(event));
    root.addEventListener("toggle", () => this.draw());
  }

  draw() {
    if (!this.root.open) return;
    const counted = new Map();
    for (const { speaker } of this.model.lines) counted.set(speaker, (counted.get(speaker) ?? 0) + 1);
    this.list.replaceChildren(...[...counted].map(([name, count]) => this.drawn(name, count)));
  }

  drawn(name, count) {
    const item = this.pattern.cloneNode(true);
    const [naming, proposal] = item.querySelectorAll("form");
    const likely = this.proposed[name]?.name ?? "";
    naming.elements.label.value = name;
    naming.elements.speaker.value = name;
    const title = name ? gettext("Name of %(speaker)s", { speaker: name }) : gettext("Name of the unnamed speaker");
    naming.elements.speaker.setAttribute("aria-label", title);
    item.querySelector("[data-amount]").textContent = ngettext("%(num)s line", "%(num)s lines", count);
    proposal.hidden = !likely;
    proposal.elements.label.value = name;
    proposal.elements.speaker.value = likely;
    proposal.querySelector("[data-likely]").textContent = likely;
    return item;
  }

  /** Set the name of a speaker in all lines. */
  name(label, speaker) {
    this.calls.before();
    const at = this.model.lines.findIndex((line) => line.speaker === label);
    if (at >= 0) this.model.say(at, speaker, "all");
    return at >= 0;
  }

  /** Accept the first proposed name without a decision. */
  take() {
    const there = new Set(this.model.lines.map((line) => line.speaker));
    const label = Object.keys(this.proposed).find((name) => there.has(name));
    if (label === undefined) return this.calls.says(gettext("No name is proposed."));
    const { name } = this.proposed[label];
    this.accept(label);
    this.calls.says(gettext("%(speaker)s is now %(name)s.", { speaker: label, name }));
  }

  /** Accept the proposed person. If several people have this name, the person with the similar voice print is meant. */
  accept(label) {
    const { name, person_id } = this.proposed[label];
    const known = this.model.lines.some((line) => line.speaker === name);
    if (!known) this.calls.chosen(name, person_id);
    return this.name(label, name);
  }

  async submit(event) {
    event.preventDefault();
    const form = event.target;
    const label = form.elements.label.value;
    if (event.submitter?.value !== "refuse" && form.matches("[data-proposal]")) return this.accept(label);
    if (event.submitter?.value !== "refuse") return this.name(label, form.elements.speaker.value);
    const given = new FormData(form, event.submitter); // not `form.action`: it returns the buttons named "action"
    const answer = await fetch(form.getAttribute("action"), { method: "POST", body: given, redirect: "manual" });
    if (answer.type !== "opaqueredirect") return this.calls.says(gettext("Your answer could not be saved. Try again."));
    delete this.proposed[label];
    this.draw();
  }
}
