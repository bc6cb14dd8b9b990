/* Single-key shortcuts. They are ignored in text fields, with modifier keys, and when switched off (WCAG 2.1.4). */
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
  // Space activates the button with the focus. It must not also play the sound.
  return event.key === " " && Boolean(target.closest("button, a, summary, input:not([type=range]), label, audio, video"));
}

/** Call `actions[key]` when `key` is pressed without modifier keys. */
export function listen(actions) {
  addEventListener("keydown", (event) => {
    const action = actions[event.key];
    if (!action || isBusy(event) || !keysAreOn() || document.querySelector("dialog[open]")) return;
    event.preventDefault();
    action();
  });
}
