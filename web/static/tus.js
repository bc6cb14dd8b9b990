/* What every upload says to the server (tus 1.0). */
import { Sha256 } from "./sha256.js";

const FINAL = new Set([400, 401, 403, 412, 413, 415, 507]);

/** The server said no in words; trying again would not help. */
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
      throw new Refused(problem.detail ?? "The library refused this.");
    }
    return answer;
  };
}

export function named(filename) {
  return { "Upload-Metadata": `filename ${base64(new TextEncoder().encode(filename))}` };
}

/** The headers of a piece: where it belongs, and the checksum by which damage is found. */
export async function describe(piece, offset) {
  // Browsers hash only on https and on this machine; elsewhere ours has to do.
  const digest = globalThis.crypto?.subtle
    ? await crypto.subtle.digest("SHA-256", piece)
    : new Sha256().update(new Uint8Array(piece)).digest();
  return {
    "Upload-Offset": String(offset),
    "Content-Type": "application/offset+octet-stream",
    "Upload-Checksum": `sha256 ${base64(digest)}`,
  };
}
