/* Text selection on a page: words of a transcript with their times, or words of a note. */
import { numberOf, offsetIn, places, timesOf } from "./words.js";

export const text = document.querySelector("[data-transcript]");
export const paper = document.querySelector(".paper");

const elementOf = (node) => (node instanceof Element ? node : node.parentElement);
const paragraphOf = (node) => elementOf(node)?.closest(".paper > section") ?? null;

/** Return the end of a line in seconds, as far as the page has it. */
export function endOf(line) {
  const lines = [...text.querySelectorAll("[data-t]")];
  const next = lines[lines.indexOf(line) + 1];
  return next ? Number(next.dataset.t) : Number(line.dataset.t) + 10;
}

/** Return [from, to] of each selected word of a line; of the whole line if no word has times. */
async function spansIn(line, range) {
  const said = line.querySelector(".said");
  const from = offsetIn(said, range.startContainer, range.startOffset) ?? 0;
  const to = offsetIn(said, range.endContainer, range.endOffset) ?? Infinity;
  const timed = await timesOf(text, line);
  if (!timed.length) return to > from ? [[Number(line.dataset.t), endOf(line)]] : [];
  const at = places(said, timed);
  return timed.filter((_, i) => at[i][0] < to && at[i][1] > from).map(([, start, end]) => [start, end]);
}

/**
 * Resolve to the selection: {from, to} in seconds for a transcript, {paragraph, text} for a note.
 * `across` is set if the selection continues in another paragraph. Null if no words are selected.
 */
export async function selected() {
  const selection = getSelection();
  if (!selection.rangeCount || !String(selection).trim()) return null;
  const range = selection.getRangeAt(0);
  const begun = paragraphOf(range.startContainer);
  if (begun) {
    const across = begun !== paragraphOf(range.endContainer);
    return { paragraph: numberOf(begun), text: String(selection), across };
  }
  if (!text || !range.intersectsNode(text)) return null;
  const touched = [...text.querySelectorAll("[data-t]")].filter((line) =>
    range.intersectsNode(line.querySelector(".said")));
  const spans = (await Promise.all(touched.map((line) => spansIn(line, range)))).flat();
  if (!spans.length) return null;
  return { from: spans[0][0], to: spans.reduce((last, [, end]) => Math.max(last, end), 0) };
}

/** Call `show` with the selection after each change. Only the latest selection is passed. */
export function whenSelected(show) {
  let turn = 0;
  let later = 0;
  document.addEventListener("selectionchange", () => {
    clearTimeout(later);
    later = setTimeout(async () => {
      const mine = (turn += 1);
      const moment = await selected();
      if (mine === turn) show(moment);
    }, 150);
  });
}
