/* When the words of a transcript's lines are said, and where they stand in its text. */
const fetched = new Map(); // first line of a stretch -> promise of {number: [[text, start, end], …]}

export const numberOf = (line) => Number(line.id.slice(1));

/** The timed words of a line of the transcript `root`; none where they cannot be had. */
export async function timesOf(root, line) {
  const stretch = Number(root.dataset.stretch);
  const from = Math.floor(numberOf(line) / stretch) * stretch;
  if (!fetched.has(from)) {
    const answer = fetch(`${root.dataset.words}?from=${from}`).then((a) => (a.ok ? a.json() : { lines: {} }));
    fetched.set(from, answer.then((found) => found.lines).catch(() => ({})));
  }
  return (await fetched.get(from))[numberOf(line)] ?? [];
}

/** Where each of the timed words stands in the line's text: [from, to), in characters. */
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

/** Characters of a line's words before a place in it; null where the place is elsewhere. */
export function offsetIn(said, node, offset) {
  if (!said.contains(node)) return null;
  const before = document.createRange();
  before.setStart(said, 0);
  before.setEnd(node, offset);
  return before.toString().length;
}
