/* One key for each decision: y and x press the first suggested topic's buttons. */
import { listen } from "./keys.js";

const press = (key) => () => document.querySelector(`[aria-keyshortcuts="${key}"]`)?.click();

listen({ y: press("y"), x: press("x") });
