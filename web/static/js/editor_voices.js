/* The voices: drawn anew after each change, with the same forms for each. */

export class Voices {
  /** `before` is called before a name changes, `says` shows a sentence. */
  constructor(root, model, calls) {
    this.root = root;
    this.model = model;
    this.calls = calls;
    this.list = root.querySelector("[data-voice-list]");
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
    naming.elements.voice.value = name;
    naming.elements.speaker.value = name;
    naming.elements.speaker.setAttribute("aria-label", `Name of ${name || "the voice without a name"}`);
    item.querySelector("[data-amount]").textContent = `${count} ${count === 1 ? "line" : "lines"}`;
    proposal.hidden = !likely;
    proposal.elements.voice.value = name;
    proposal.elements.speaker.value = likely;
    proposal.querySelector("[data-likely]").textContent = likely;
    return item;
  }

  /** Call a voice by a name, everywhere. */
  name(voice, speaker) {
    this.calls.before();
    const at = this.model.lines.findIndex((line) => line.speaker === voice);
    if (at >= 0) this.model.say(at, speaker, "voice");
    return at >= 0;
  }

  /** Take the first proposed name that is still open. */
  take() {
    const there = new Set(this.model.lines.map((line) => line.speaker));
    const voice = Object.keys(this.proposed).find((name) => there.has(name));
    if (voice === undefined) return this.calls.says("No name is proposed.");
    const { name } = this.proposed[voice];
    this.accept(voice);
    this.calls.says(`${voice} is ${name} now.`);
  }

  /** Take the proposed person: of several of that name, the one whose voice it is like. */
  accept(voice) {
    const { name, person_id } = this.proposed[voice];
    const known = this.model.lines.some((line) => line.speaker === name);
    if (!known) this.calls.chosen(name, person_id);
    return this.name(voice, name);
  }

  async submit(event) {
    event.preventDefault();
    const form = event.target;
    const voice = form.elements.voice.value;
    if (event.submitter?.value !== "refuse" && form.matches("[data-proposal]")) return this.accept(voice);
    if (event.submitter?.value !== "refuse") return this.name(voice, form.elements.speaker.value);
    const given = new FormData(form, event.submitter); // `form.action` would be its buttons
    const answer = await fetch(form.getAttribute("action"), { method: "POST", body: given, redirect: "manual" });
    if (answer.type !== "opaqueredirect") return this.calls.says("That could not be kept. Try again.");
    delete this.proposed[voice];
    this.draw();
  }
}
