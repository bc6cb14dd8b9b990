/* Functions of every page: list of shortcuts, "/" for the question box, dark and light theme. */
import { keysAreOn, listen, switchKeys } from "./keys.js";

const dialog = document.getElementById("keys");

function showKeys() {
  if (!dialog.open) dialog.showModal();
}

function searchBox() {
  return document.querySelector("[data-search]") ?? document.querySelector("input[type=search]");
}

function theme() {
  const chosen = document.documentElement.dataset.theme;
  if (chosen) return chosen;
  return matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light";
}

for (const button of document.querySelectorAll("[data-theme-switch]")) {
  button.hidden = false;
  button.addEventListener("click", () => {
    const next = theme() === "dark" ? "light" : "dark";
    document.documentElement.dataset.theme = next;
    // A cookie, so that the server can render the theme and the page does not flash.
    document.cookie = `theme=${next}; path=/; max-age=31536000; samesite=lax`;
    dispatchEvent(new Event("themechange"));
  });
}

for (const button of document.querySelectorAll("[data-keys-open]")) {
  button.hidden = false;
  button.addEventListener("click", showKeys);
}

const toggle = document.querySelector("[data-keys-switch]");
toggle.checked = keysAreOn();
toggle.addEventListener("change", () => switchKeys(toggle.checked));

listen({
  "?": showKeys,
  "/": () => {
    const box = searchBox();
    if (!box) return location.assign("/");
    box.focus();
    box.select();
  },
});
