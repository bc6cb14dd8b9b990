/* Keyboard shortcuts for suggested topics: y confirms the first one, x declines it. */
import { listen } from "./keys.js";

const press = (key) => () => document.querySelector(`[aria-keyshortcuts="${key}"]`)?.click();

listen({ y: press("y"), x: press("x") });
