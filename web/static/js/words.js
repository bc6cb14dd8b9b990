/* Times of the words in a transcript, and their character offsets in the lines. */
const fetched = new Map(); // first line of a block -> promise of {number: [[text, start, end], …]}

export const numberOf = (line) => Number(line.id.slice(1));

/** Resolve to the words of a line with their times; empty if they cannot be loaded. */
export async function timesOf(root, line) {
  const stretch = Number(root.dataset.stretch);
  const from = Math.floor(numberOf(line) / stretch) * stretch;
  if (!fetched.has(from)) {
    const answer = fetch(`${root.dataset.words}?from=${from}`).then((a) => (a.ok ? a.json() : { lines: {} }));
    fetched.set(from, answer.then((found) => found.lines).catch(() => ({})));
  }
  return (await fetched.get(from))[numberOf(line)] ?? [];
}

/** Return the character range [from, to) of each timed word in the text of the line. */
export function places(said, timed) {
  const text = said.textContent;
  let at = 0;
  return timed.map(([word]) => {
    const found = text.indexOf(word, at);
    if (found < 0) return [at, at];
    at = found + word.length;
    return [found, at];
  });
}

/** Return the character offset of a DOM position in a line; null if it is not in the line. */
export function offsetIn(said, node, offset) {
  if (!said.contains(node)) return null;
  const before = document.createRange();
  before.setStart(said, 0);
  before.setEnd(node, offset);
  return before.toString().length;
}
