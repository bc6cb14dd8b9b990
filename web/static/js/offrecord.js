/* Marked words of a transcript or a note, ready to be taken off the record. */
const form = document.querySelector("[data-off-record]");
const text = document.querySelector("[data-transcript]");
const note = document.querySelector(".paper");
const stretches = new Map(); // stretch number -> promise of {ordinal: [[text, start, end], …]}

function lineAt(node) {
  const element = node instanceof Element ? node : node.parentElement;
  return element?.closest(text ? "[data-t]" : ".paper > section") ?? null;
}

/** The seconds of the words of a line. */
async function wordsOf(line) {
  const size = Number(text.dataset.stretch);
  const from = Math.floor(Number(line.id.slice(1)) / size) * size;
  if (!stretches.has(from)) {
    const fetched = fetch(`${text.dataset.words}?from=${from}`).then((answer) => answer.json());
    stretches.set(from, fetched.then((found) => found.lines));
  }
  return (await stretches.get(from))[line.id.slice(1)] ?? [];
}

/** How many characters of a line's words stand before a place in it. */
function lettersBefore(line, node, offset) {
  const said = line.querySelector(".said");
  const range = document.createRange();
  range.selectNodeContents(said);
  if (!said.contains(node)) return said.compareDocumentPosition(node) & Node.DOCUMENT_POSITION_PRECEDING ? 0 : said.textContent.length;
  range.setEnd(node, offset);
  return range.toString().length;
}

/** The words of a line from one character to another, with their seconds. */
async function between(line, from, to) {
  const all = line.querySelector(".said").textContent;
  let at = 0;
  return (await wordsOf(line)).filter(([word]) => {
    const begin = Math.max(at, all.indexOf(word, at));
    at = begin + word.length;
    return begin < to && at > from;
  });
}

async function seconds(range) {
  const first = lineAt(range.startContainer);
  const last = lineAt(range.endContainer) ?? first;
  if (!first || !last) return null;
  const from = lettersBefore(first, range.startContainer, range.startOffset);
  const to = lettersBefore(last, range.endContainer, range.endOffset);
  const opening = await between(first, from, first === last ? to : Infinity);
  const closing = first === last ? opening : await between(last, 0, to);
  const start = opening.at(0)?.[1] ?? Number(first.dataset.t);
  const end = Math.max(...[...opening, ...closing].map((word) => word[2]));
  return Number.isFinite(end) ? { from: start, to: end } : null;
}

async function chosen(selection) {
  const range = selection.rangeCount && !selection.isCollapsed ? selection.getRangeAt(0) : null;
  const root = text ?? note;
  if (!range || !root?.contains(range.startContainer) || !root.contains(range.endContainer)) return null;
  if (text) return seconds(range);
  const section = lineAt(range.startContainer);
  if (!section || section !== lineAt(range.endContainer)) return null;
  return { paragraph: section.id.slice(1), text: selection.toString() };
}

// Some browsers take the selection away when something else is pressed.
form.addEventListener("mousedown", (event) => event.preventDefault());

let asked = 0;
document.addEventListener("selectionchange", async () => {
  if (form.contains(document.activeElement)) return;
  const mine = ++asked;
  const values = await chosen(getSelection()).catch(() => null);
  if (mine !== asked) return;
  form.hidden = values === null;
  for (const [name, value] of Object.entries(values ?? {})) form.elements[name].value = value;
});
