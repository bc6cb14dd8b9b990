/* Page of a clip: buttons copy its text, link and citations; the audio file is shown when it is ready. */
import { gettext } from "./translation.js";

const copyMessage = document.querySelector("[data-copied]");

async function copy(text, button) {
  try {
    await navigator.clipboard.writeText(text);
    copyMessage.textContent = gettext("Copied.");
  } catch {
    const shown = document.getElementById(button.dataset.copyOf);
    if (shown) getSelection().selectAllChildren(shown);
    copyMessage.textContent = gettext("Press Ctrl and C to copy the selected text.");
  }
}

for (const button of document.querySelectorAll("[data-copy-of], [data-copy-text]")) {
  button.hidden = false;
  button.addEventListener("click", () => {
    const shown = document.getElementById(button.dataset.copyOf);
    copy(button.dataset.copyText ?? shown.innerText.trim(), button);
  });
}

const waiting = document.querySelector("[data-clip-state]");

async function follow() {
  for (;;) {
    await new Promise((done) => setTimeout(done, document.hidden ? 5000 : 500));
    const answer = await fetch(waiting.dataset.clipState).catch(() => null);
    if (!answer) continue;
    const state = answer.ok ? await answer.json() : { ready: true };
    if (state.ready || state.error) return location.reload();
  }
}

if (waiting) follow();
