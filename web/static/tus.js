/* Requests of uploads (tus 1.0). */
import { gettext } from "./js/translation.js";
import { Sha256 } from "./sha256.js";

const FINAL = new Set([400, 401, 403, 412, 413, 415, 507]);

/** Refusal with a message of the server. The request must not be repeated. */
export class Refused extends Error {}

export const pause = (ms) => new Promise((done) => setTimeout(done, ms));
export const base64 = (bytes) => btoa(String.fromCharCode(...new Uint8Array(bytes)));

export function asker(token) {
  return async function ask(method, url, headers = {}, body = undefined) {
    const answer = await fetch(url, {
      method,
      body,
      headers: { "Tus-Resumable": "1.0.0", "X-CSRFToken": token, ...headers },
    });
    if (FINAL.has(answer.status)) {
      const problem = await answer.json().catch(() => ({}));
      throw new Refused(problem.detail ?? gettext("The library refused the request. Reload the page and try again."));
    }
    return answer;
  };
}

export function named(filename) {
  return { "Upload-Metadata": `filename ${base64(new TextEncoder().encode(filename))}` };
}

/** Resolve to the headers of a piece: its offset, and a checksum that detects damage. */
export async function describe(piece, offset) {
  // Browsers offer Web Crypto only on https and localhost. Elsewhere sha256.js is used.
  const digest = globalThis.crypto?.subtle
    ? await crypto.subtle.digest("SHA-256", piece)
    : new Sha256().update(new Uint8Array(piece)).digest();
  return {
    "Upload-Offset": String(offset),
    "Content-Type": "application/offset+octet-stream",
    "Upload-Checksum": `sha256 ${base64(digest)}`,
  };
}
