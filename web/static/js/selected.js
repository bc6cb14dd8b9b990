/* What somebody has selected: words of a transcript with their seconds, or of a note. */
import { numberOf, offsetIn, places, timesOf } from "./words.js";

export const text = document.querySelector("[data-transcript]");
export const paper = document.querySelector(".paper");

const elementOf = (node) => (node instanceof Element ? node : node.parentElement);
const paragraphOf = (node) => elementOf(node)?.closest(".paper > section") ?? null;

/** Where a line ends, in seconds, as far as the page tells. */
export function endOf(line) {
  const lines = [...text.querySelectorAll("[data-t]")];
  const next = lines[lines.indexOf(line) + 1];
  return next ? Number(next.dataset.t) : Number(line.dataset.t) + 10;
}

/** [from, to] of each word of a line in the range; of the whole line, where no word has times. */
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
 * The selection: {from, to} in seconds; in a note {paragraph, text}, and `across` where it goes
 * on in another paragraph; null where nothing is selected that can be kept.
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

/** Call `show` with what is selected whenever that changes; the latest selection wins. */
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
