/* Dialog for ambiguous names: asks which person each name means, before a transcript is saved. */
import { gettext } from "./translation.js";

export class Which {
  /** `answered` is called with { name: person id or "new" } when all names have an answer. */
  constructor(dialog, answered) {
    this.dialog = dialog;
    this.form = dialog.querySelector("form");
    this.place = dialog.querySelector("[data-questions]");
    this.form.addEventListener("submit", (event) => {
      event.preventDefault();
      dialog.close();
      if (event.submitter?.value === "ok") answered(this.answers());
    });
  }

  ask(questions) {
    this.questions = questions;
    this.place.replaceChildren(...questions.map((question, at) => this.drawn(question, at)));
    this.dialog.showModal();
  }

  drawn({ name, choices }, at) {
    const fieldset = document.createElement("fieldset");
    fieldset.className = "name-question";
    fieldset.append(text("legend", gettext("Who is %(name)s?", { name })));
    const others = { person_id: "new", name: gettext("Another person"), facts: [gettext("a person who is not in the library yet")] };
    for (const choice of [...choices, others]) {
      const label = text("label", "");
      label.className = "choice";
      const input = document.createElement("input");
      Object.assign(input, { type: "radio", name: `which-${at}`, value: choice.person_id, required: true });
      const words = text("span", "");
      const facts = text("span", choice.facts.join("; "));
      facts.className = "muted";
      words.append(text("strong", choice.name), " ", facts);
      label.append(input, " ", words);
      fieldset.append(label);
    }
    return fieldset;
  }

  answers() {
    const given = new FormData(this.form);
    return Object.fromEntries(this.questions.map(({ name }, at) => {
      const chosen = given.get(`which-${at}`);
      return [name, chosen === "new" ? chosen : Number(chosen)];
    }));
  }
}

function text(tag, words) {
  const element = document.createElement(tag);
  element.textContent = words;
  return element;
}
