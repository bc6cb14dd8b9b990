/* Single keys: ignored while somebody writes, with modifiers, and when switched off (WCAG 2.1.4). */
const STORED = "keys-off";

export function keysAreOn() {
  return localStorage.getItem(STORED) === null;
}

export function switchKeys(on) {
  if (on) localStorage.removeItem(STORED);
  else localStorage.setItem(STORED, "1");
}

function isBusy(event) {
  if (event.defaultPrevented || event.ctrlKey || event.altKey || event.metaKey) return true;
  const target = event.target;
  if (!(target instanceof Element)) return false;
  if (target.closest("input:not([type=checkbox], [type=range]), textarea, select, [contenteditable]")) return true;
  // Space presses the button that has the focus; it must not play the sound as well.
  return event.key === " " && Boolean(target.closest("button, a, summary, input:not([type=range]), label, audio, video"));
}

/** Call `actions[key]` when that key is pressed on its own. */
export function listen(actions) {
  addEventListener("keydown", (event) => {
    const action = actions[event.key];
    if (!action || isBusy(event) || !keysAreOn() || document.querySelector("dialog[open]")) return;
    event.preventDefault();
    action();
  });
}
