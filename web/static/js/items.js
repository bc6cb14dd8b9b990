/* Keyboard shortcuts of lists: n and p go to the next and previous item, x selects it. */
import { listen } from "./keys.js";

const items = () => [...document.querySelectorAll("[data-item]")];

function go(by) {
  const all = items();
  const here = all.findIndex((item) => item === document.activeElement || item.closest("li, tr")?.contains(document.activeElement));
  all[here < 0 ? (by > 0 ? 0 : all.length - 1) : Math.min(all.length - 1, Math.max(0, here + by))]?.focus();
}

function tick() {
  document.activeElement?.closest("li, tr")?.querySelector("input[type=checkbox]")?.click();
}

listen({ n: () => go(1), p: () => go(-1), x: tick });
