/* Suggestions under the question box: a combobox with a listbox (ARIA Authoring Practices). */
import { afterPause, Latest } from "./latest.js";
import { gettext } from "./translation.js";

const PAUSE = 120; // milliseconds without a key press before a request is sent
const box = document.querySelector("[data-suggest]");

class Suggestions {
  constructor(input) {
    this.input = input;
    this.latest = new Latest();
    this.at = -1; // index of the suggestion selected with the arrow keys; -1 for none
    this.typed = input.value;
    this.list = document.createElement("ul");
    this.list.id = "suggestions";
    this.list.className = "suggestions plain";
    this.list.hidden = true;
    this.list.setAttribute("role", "listbox");
    this.list.setAttribute("aria-label", gettext("Suggestions"));
    input.closest(".ask-box").append(this.list);
    const said = { role: "combobox", "aria-autocomplete": "list", "aria-expanded": "false",
      "aria-controls": this.list.id, "aria-haspopup": "listbox" };
    for (const [name, value] of Object.entries(said)) input.setAttribute(name, value);
    this.later = afterPause(PAUSE, () => this.ask());
    input.addEventListener("input", () => this.write());
    input.addEventListener("keydown", (event) => this.press(event));
    input.addEventListener("blur", () => this.close());
    // A press on a suggestion must not move the focus.
    this.list.addEventListener("pointerdown", (event) => event.preventDefault());
    this.list.addEventListener("click", (event) => this.take(event.target.closest("[role=option]")));
  }

  get options() {
    return [...this.list.children];
  }

  write() {
    this.typed = this.input.value;
    this.choose(-1);
    this.later();
  }

  async ask() {
    const address = new URL(this.input.dataset.suggest, location.href);
    address.searchParams.set("q", this.typed);
    const answer = await this.latest.ask(address, (response) => response.json());
    if (answer && document.activeElement === this.input) this.show(answer.suggestions);
  }

  show(suggestions) {
    this.list.replaceChildren(...suggestions.map((one, i) => optionOf(one, i)));
    this.at = -1;
    this.input.removeAttribute("aria-activedescendant");
    this.open(suggestions.length > 0);
  }

  open(on) {
    this.list.hidden = !on;
    this.input.setAttribute("aria-expanded", String(on));
  }

  close() {
    this.later.cancel();
    this.latest.forget();
    this.choose(-1);
    this.open(false);
  }

  choose(at) {
    this.at = at;
    this.options.forEach((option, i) => option.setAttribute("aria-selected", String(i === at)));
    const chosen = this.options[at];
    if (chosen) this.input.setAttribute("aria-activedescendant", chosen.id);
    else this.input.removeAttribute("aria-activedescendant");
  }

  /** Select the next or previous suggestion. After the last one, the typed text is selected again. */
  walk(step) {
    const stops = this.options.length + 1;
    this.choose(((this.at + 1 + step + stops) % stops) - 1);
    const chosen = this.options[this.at];
    // A suggestion with a page is not a question, so the box keeps the typed text.
    this.input.value = chosen && !chosen.dataset.href ? chosen.dataset.text : this.typed;
  }

  take(option) {
    if (!option) return;
    if (option.dataset.href) return location.assign(option.dataset.href);
    this.input.value = option.dataset.text;
    this.close();
    this.input.form.requestSubmit();
  }

  press(event) {
    if (event.isComposing || event.ctrlKey || event.metaKey) return;
    const shown = !this.list.hidden;
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      if (shown) this.walk(event.key === "ArrowDown" ? 1 : -1);
      else this.ask();
    } else if (event.key === "Escape" && shown) {
      event.preventDefault(); // only the first Escape: a second one clears the box, as browsers do
      this.input.value = this.typed;
      this.close();
    } else if (event.key === "Enter" && this.at >= 0) {
      event.preventDefault();
      this.take(this.options[this.at]);
    } else if (event.key === "Enter" || event.key === "Tab") {
      this.close();
    }
  }
}

function optionOf({ text, kind, note, href }, number) {
  const option = document.createElement("li");
  option.id = `suggestion-${number}`;
  option.dataset.text = text;
  option.dataset.kind = kind;
  if (href) option.dataset.href = href;
  option.setAttribute("role", "option");
  option.setAttribute("aria-selected", "false");
  const words = document.createElement("span");
  words.textContent = text;
  option.append(words);
  if (note) {
    const about = document.createElement("span");
    about.className = "muted";
    about.textContent = note;
    option.append(about);
  }
  return option;
}

if (box) new Suggestions(box);
