/* Transcript editor: connects the lines, the player, the draft and the keyboard shortcuts. */
import { listen } from "./keys.js";
import { Draft } from "./editor_draft.js";
import { Find } from "./editor_find.js";
import { lineOf, List } from "./editor_list.js";
import { Model } from "./editor_model.js";
import { Player } from "./editor_player.js";
import { SpeakerList } from "./editor_speakers.js";
import { Which } from "./editor_which.js";
import { gettext } from "./translation.js";

const root = document.querySelector("[data-editor]");
const part = (name) => root.querySelector(`[data-${name}]`);
const model = new Model([...part("lines").children].map(lineOf));
const list = new List(part("lines"), model);
const player = new Player(root.querySelector("[data-player]"), (time) => list.show(time));
const find = new Find(part("find"), model, list);
const draft = new Draft(root, model, {
  says: (sentence) => (part("says").textContent = sentence),
  onOvertaken: () => {
    part("overtaken").hidden = false;
    part("says").textContent = gettext("Another person saved a newer version. Your changes are kept.");
  },
  onElsewhere: (why) => {
    part("elsewhere").hidden = false;
    part("why").textContent = why;
  },
  onAmbiguous: (questions) => which.ask(questions),
});
const which = new Which(part("which"), (people) => {
  Object.assign(draft.people, people);
  save();
});
const dialog = part("who");
const speakers = new SpeakerList(part("speakers"), model, {
  before: () => list.close(),
  says: (sentence) => (part("says").textContent = sentence),
  chosen: (name, person) => (draft.people[name] = person),
});

/** Call `action` with the selected line. An open text field is closed first, so that its text is not lost. */
function withLine(action) {
  return () => {
    const wrote = Boolean(list.writing);
    list.close();
    if (!model.lines.length) return;
    action(list.at, wrote);
  };
}

function again(at, wrote) {
  const place = Math.min(at, model.lines.length - 1);
  if (wrote) list.open(place, 0);
  else list.choose(place);
}

const split = () => {
  const box = list.writing;
  if (!box) return;
  const place = box.selectionStart;
  const before = box.value.slice(0, place).split(/\s+/).join(" ").trimStart().length;
  list.close();
  if (model.split(list.at, before)) list.open(list.at + 1, 0);
};

const merge = withLine((at, wrote) => {
  const { length } = model.lines[at].text;
  model.merge(at);
  if (wrote) list.open(at, length + 1);
  else list.choose(at);
});

function toNextSuspect() {
  list.close();
  const { lines } = model;
  const order = lines.map((_, i) => (list.at + 1 + i) % lines.length);
  const next = order.find((at) => lines[at].suspect);
  if (next === undefined) return (part("says").textContent = gettext("No flagged lines are left."));
  list.choose(next);
  player.hear(lines[next].start, lines[next].end);
}

/** Go to the next uncertain word after the last one. Uncertain words are in spans. */
let unsureBefore = null;
function toNextUnsure() {
  list.close();
  const words = [...root.querySelectorAll(".unsure")];
  if (!words.length) return (part("says").textContent = gettext("No uncertain words are left."));
  const here = list.items[list.at];
  const after = (word) => unsureBefore?.isConnected
    ? unsureBefore.compareDocumentPosition(word) & Node.DOCUMENT_POSITION_FOLLOWING
    : here.contains(word) || here.compareDocumentPosition(word) & Node.DOCUMENT_POSITION_FOLLOWING;
  const word = words.find(after) ?? words[0];
  const item = word.closest("li");
  const range = new Range();
  range.setStart(word.closest(".said"), 0);
  range.setEndBefore(word);
  const from = range.toString().length;
  const { length } = word.textContent;
  unsureBefore = word;
  list.open(list.items.indexOf(item), from, from + length);
}

function askWho(at) {
  const { speaker } = model.lines[at];
  const form = dialog.querySelector("form");
  form.elements.name.value = speaker;
  form.elements.scope.value = speaker ? "all" : "line";
  dialog.showModal();
  form.elements.name.select();
}

/* Not on the dialog's `close` event: it is fired later, when another line may be selected already. */
function answered(event, name) {
  event.preventDefault();
  dialog.close();
  const { scope } = dialog.querySelector("form").elements;
  if (name !== null) model.say(list.at, name, scope.value);
  list.choose(list.at);
}
dialog.addEventListener("cancel", (event) => answered(event, null));
dialog.addEventListener("submit", (event) =>
  answered(event, event.submitter?.value === "ok" ? event.target.elements.name.value : null));

function walk(step) {
  if (list.writing) list.open(list.at + step);
  else list.choose(list.at + step);
}

async function save() {
  list.close();
  if (await draft.publish()) list.starts = null;
}

const actions = {
  undo: () => {
    list.close();
    model.undo();
  },
  redo: () => {
    list.close();
    model.redo();
  },
  find: () => find.open(),
  next: () => find.step(1),
  previous: () => find.step(-1),
  one: () => find.one(),
  close: () => find.close(),
  suspect: toNextSuspect,
  unsure: toNextUnsure,
  split,
  merge,
  who: withLine(askWho),
  accept: withLine((at, wrote) => {
    model.accept(at);
    again(at, wrote);
  }),
  drop: withLine((at, wrote) => {
    model.drop(at);
    if (model.lines.length) again(at, wrote);
  }),
  name: () => speakers.take(),
  save,
  play: () => player.toggle(),
  back: () => player.skip(-3),
  forward: () => player.skip(3),
  slower: () => player.speed(-1),
  faster: () => player.speed(1),
  hear: () => player.hear(model.lines[list.at]?.start ?? null, model.lines[list.at]?.end ?? 0),
};

listen({
  " ": actions.play,
  k: actions.play,
  j: actions.back,
  ArrowLeft: actions.back,
  l: actions.forward,
  ArrowRight: actions.forward,
  "<": actions.slower,
  ">": actions.faster,
  h: actions.hear,
  ArrowUp: () => walk(-1),
  ArrowDown: () => walk(1),
  Enter: () => list.open(list.at),
  m: actions.merge,
  w: actions.who,
  s: actions.suspect,
  u: actions.unsure,
  a: actions.accept,
  x: actions.drop,
  r: actions.find,
  v: actions.name,
});

/* With Alt, the same keys work in a text field and when single keys are switched off. */
const WITH_ALT = {
  KeyK: "play", KeyJ: "back", KeyL: "forward", KeyH: "hear", Comma: "slower", Period: "faster",
  KeyM: "merge", KeyW: "who", KeyS: "suspect", KeyU: "unsure", KeyA: "accept", KeyX: "drop", KeyR: "find", KeyV: "name",
};
addEventListener("keydown", (event) => {
  if (document.querySelector("dialog[open]")) return;
  const control = event.ctrlKey || event.metaKey;
  if (event.altKey && !control && WITH_ALT[event.code]) {
    event.preventDefault();
    actions[WITH_ALT[event.code]]();
  } else if (control && !event.altKey && event.key.toLowerCase() === "s") {
    event.preventDefault();
    save();
  } else if (control && !event.altKey && ["z", "y"].includes(event.key.toLowerCase())) {
    // In an open text field with new text, the browser undoes letter by letter.
    const box = event.target instanceof HTMLInputElement ? event.target : list.writing;
    if (box && !(box === list.writing && box.value === model.lines[list.at].text)) return;
    event.preventDefault();
    if (event.key.toLowerCase() === "y" || event.shiftKey) actions.redo();
    else actions.undo();
  }
});

part("lines").addEventListener("keydown", (event) => {
  const box = list.writing;
  if (!box || event.target !== box || event.altKey) return;
  const atStart = box.selectionStart === 0 && box.selectionEnd === 0;
  const acts = {
    Escape: () => {
      list.close();
      list.choose(list.at);
    },
    Enter: () => {
      if (event.ctrlKey || event.metaKey) return split();
      if (event.shiftKey) return box.setRangeText("\n", box.selectionStart, box.selectionEnd, "end");
      const { at } = list;
      const { length } = model.lines;
      list.close();
      const next = at + 1 - (length - model.lines.length);
      if (next < model.lines.length) list.open(next, 0);
      else list.choose(next - 1);
    },
    Backspace: atStart && list.at > 0 ? () => {
      list.close();
      const { length } = model.lines[list.at - 1].text;
      model.merge(list.at - 1);
      list.open(list.at - 1, length + 1);
    } : null,
    ArrowUp: atStart && list.at > 0 ? () => list.open(list.at - 1) : null,
    ArrowDown: box.selectionStart === box.value.length ? () => list.open(list.at + 1, 0) : null,
  };
  if (!acts[event.key]) return;
  event.preventDefault();
  acts[event.key]();
});

root.addEventListener("click", (event) => {
  const item = event.target.closest(".editor-lines > li");
  const button = event.target.closest("[data-do]");
  if (item && event.target !== list.writing) list.choose(list.items.indexOf(item), { focus: false });
  if (button) return actions[button.dataset.do]?.();
  if (event.target.closest(".at")) return actions.hear();
  const said = event.target.closest(".said");
  if (!item || !said || said === list.writing) return;
  const caret = document.caretPositionFromPoint?.(event.clientX, event.clientY);
  const before = new Range();
  before.setStart(said, 0);
  if (caret && said.contains(caret.offsetNode)) before.setEnd(caret.offsetNode, caret.offset);
  list.open(list.items.indexOf(item), before.toString().length);
});
for (const tools of root.querySelectorAll("[data-tools], [data-line-tools]")) {
  tools.hidden = false;
  // A press on a button must not move the focus out of the line.
  tools.addEventListener("pointerdown", (event) => event.preventDefault());
}

part("save").addEventListener("submit", (event) => {
  if (event.submitter?.value === "save") {
    event.preventDefault();
    save();
  } else draft.dirty = false;
});
part("join").addEventListener("submit", async (event) => {
  if (!draft.dirty) return;
  event.preventDefault();
  const form = event.target;
  if (await draft.keep()) form.requestSubmit(event.submitter);
});

function showState() {
  const suspects = model.lines.filter((line) => line.suspect).length;
  part("suspects").textContent = suspects ? `(${suspects})` : "";
  const line = model.lines[list.at];
  const tools = part("line-tools");
  tools.querySelector("[data-do=split]").disabled = !list.writing;
  tools.querySelector("[data-do=accept]").disabled = !line?.suspect;
  part("tools").querySelector("[data-do=undo]").disabled = !model.done.length;
  part("tools").querySelector("[data-do=redo]").disabled = !model.undone.length;
}
model.addEventListener("change", ({ detail }) => {
  if (!list.writing) list.choose(Math.min(detail.at, model.lines.length - 1), { focus: !find.form.contains(document.activeElement) });
  speakers.draw();
  showState();
});
part("lines").addEventListener("choose", showState);
const asked = list.items.findIndex((item) => `#${item.id}` === location.hash);
list.choose(Math.max(0, asked));
showState();
