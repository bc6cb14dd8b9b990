/* Selected words become a moment to keep; `c` keeps them, or the line that is being said. */
import { listen } from "./keys.js";
import { lastAt } from "./time.js";
import { places } from "./transcript.js";

const bar = document.querySelector("[data-keep]");
const text = document.querySelector("[data-transcript]");
const paper = document.querySelector(".paper");
const link = bar?.querySelector("a");
const stretch = Number(text?.dataset.stretch);
const fetched = new Map(); // first line of a stretch -> promise of its words' times

const elementOf = (node) => (node instanceof Element ? node : (node?.parentElement ?? null));
const numberOf = (line) => Number(line.id.slice(1));

function wordsOf(line) {
  const from = Math.floor(numberOf(line) / stretch) * stretch;
  if (!fetched.has(from)) {
    const answer = fetch(`${text.dataset.words}?from=${from}`).then((a) => (a.ok ? a.json() : { lines: {} }));
    fetched.set(from, answer.then((found) => found.lines).catch(() => ({})));
  }
  return fetched.get(from).then((lines) => lines[numberOf(line)] ?? []);
}

/** Characters of the line's words before a place in it. */
function offsetIn(said, node, offset) {
  if (!said.contains(node)) return null;
  const before = document.createRange();
  before.setStart(said, 0);
  before.setEnd(node, offset);
  return before.toString().length;
}

function after(line) {
  const lines = [...text.querySelectorAll("[data-t]")];
  const next = lines[lines.indexOf(line) + 1];
  return next ? Number(next.dataset.t) : Number(line.dataset.t) + 10;
}

/** From and to, in seconds, of the words between two places. */
async function times(first, last, range) {
  const [opening, closing] = await Promise.all([wordsOf(first), wordsOf(last)]);
  const begun = offsetIn(first.querySelector(".said"), range.startContainer, range.startOffset) ?? 0;
  const ended = offsetIn(last.querySelector(".said"), range.endContainer, range.endOffset) ?? Infinity;
  const from = places(first.querySelector(".said"), opening).findIndex(([, to]) => to > begun);
  const to = lastAt(places(last.querySelector(".said"), closing).map(([start]) => start), ended - 1);
  return [opening[from]?.[1] ?? Number(first.dataset.t), closing[to]?.[2] ?? after(last)];
}

async function selected() {
  const selection = getSelection();
  if (!selection.rangeCount || !String(selection).trim()) return null;
  const range = selection.getRangeAt(0);
  const section = elementOf(range.startContainer)?.closest(".paper > section");
  if (section) return { paragraph: numberOf(section) };
  if (!text || !range.intersectsNode(text)) return null;
  const touched = [...text.querySelectorAll("[data-t]")].filter((line) =>
    range.intersectsNode(line.querySelector(".said")));
  if (!touched.length) return null;
  const [from, to] = await times(touched[0], touched.at(-1), range);
  return { from, to: Math.max(to, from + 0.2) };
}

function address(moment) {
  const rounded = Object.entries(moment).map(([name, value]) => [name, String(Math.round(value * 1000) / 1000)]);
  return `${bar.dataset.keep}?${new URLSearchParams(rounded)}`;
}

let asked = 0;

async function offer() {
  const turn = (asked += 1);
  const moment = await selected();
  if (turn !== asked) return; // the selection has moved on
  bar.hidden = moment === null;
  if (moment) link.href = address(moment);
}

async function keep() {
  const line = text?.querySelector(".is-now") ?? text?.querySelector("[data-t]");
  const whole = line && { from: Number(line.dataset.t), to: after(line) };
  const moment = (await selected()) ?? whole ?? (paper && { paragraph: 0 });
  if (moment) location.assign(address(moment));
}

if (bar) {
  let later = 0;
  document.addEventListener("selectionchange", () => {
    clearTimeout(later);
    later = setTimeout(offer, 150);
  });
  listen({ c: keep });
}
