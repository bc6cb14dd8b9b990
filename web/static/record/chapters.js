/* Chapters during a recording: added with a key or a ticked prompt, then renamed or removed. */
import { clock } from "../js/time.js";
import { gettext } from "../js/translation.js";

export class Chapters {
  constructor(root, changed) {
    this.list = root.querySelector("[data-chapters]");
    this.prompts = [...root.querySelectorAll("[data-prompt]")];
    this.scripts = [...root.querySelectorAll("[data-script]")];
    this.marks = [];
    this.changed = changed;
    this.time = () => 0;
    const chosen = root.querySelector("[data-choose-script]");
    chosen?.addEventListener("change", () => this.#show(chosen.value));
    this.#show(chosen?.value ?? "");
    for (const prompt of this.prompts) prompt.addEventListener("change", () => this.#ticked(prompt));
  }

  /** Start with the chapters `marks`. `time()` returns the start of a new chapter in seconds. */
  begin(marks, time) {
    this.marks = marks;
    this.time = time;
    const titles = new Set(marks.map((mark) => mark.title));
    for (const prompt of this.prompts) {
      prompt.disabled = false;
      prompt.checked = titles.has(prompt.value);
      if (prompt.checked) this.#show(prompt.closest("[data-script]").dataset.script);
    }
    this.#draw();
  }

  add(title = "") {
    const number = this.marks.length + 1;
    const start = Math.round(this.time() * 1000) / 1000;
    const mark = { start, title: title || gettext("Chapter %(number)s", { number }) };
    this.marks.push(mark);
    this.#draw();
    this.changed();
    return mark;
  }

  /** Select the title of the last chapter, so that typing replaces it. */
  nameLast() {
    const field = this.list.querySelector("li:last-child input");
    field?.focus();
    field?.select();
  }

  #show(id) {
    for (const script of this.scripts) script.hidden = script.dataset.script !== id;
  }

  #ticked(prompt) {
    if (prompt.checked) return this.add(prompt.value);
    const found = this.marks.findIndex((mark) => mark.title === prompt.value);
    if (found >= 0) this.#remove(this.marks[found]);
  }

  #remove(mark) {
    this.marks.splice(this.marks.indexOf(mark), 1);
    for (const prompt of this.prompts) if (prompt.value === mark.title) prompt.checked = false;
    this.#draw();
    this.changed();
  }

  #draw() {
    this.list.replaceChildren(...this.marks.map((mark) => this.#row(mark)));
    this.list.parentElement.hidden = !this.marks.length;
  }

  #row(mark) {
    const row = document.createElement("li");
    row.className = "row";
    row.innerHTML = `<span class="time"></span><input maxlength="300"><button type="button" class="link-button"></button>`;
    const [time, field, button] = row.children;
    const at = clock(mark.start);
    time.textContent = at;
    button.textContent = gettext("Remove");
    field.value = mark.title;
    field.setAttribute("aria-label", gettext("Title of the chapter at %(time)s", { time: at }));
    button.setAttribute("aria-label", gettext("Remove the chapter at %(time)s", { time: at }));
    field.addEventListener("input", () => {
      mark.title = field.value;
      this.changed();
    });
    field.addEventListener("keydown", (event) => event.key === "Enter" && (event.preventDefault(), field.blur()));
    button.addEventListener("click", () => this.#remove(mark));
    return row;
  }
}
