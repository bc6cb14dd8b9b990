/* Uploads a recording while it is made: a tus upload with deferred length. */
import { gettext } from "../js/translation.js";
import { Sha256 } from "../sha256.js";
import { Refused, describe, named, pause } from "../tus.js";

const AT_ONCE = 4 * 1024 * 1024;
const LONGEST_WAIT = 15_000;

export class Sender {
  #ask;
  #uploads;
  #take;
  #pieces;
  #wake = () => {};
  #ending = null;
  #noted = "";
  #stopped = false;
  #news = false;

  /** `tell(words)` shows the state of the upload. `keep()` stores the changed recording in the browser. */
  constructor({ ask, uploads, take, pieces, tell, keep }) {
    this.#ask = ask;
    this.#uploads = uploads;
    this.#take = take;
    this.#pieces = pieces;
    this.tell = tell;
    this.keep = keep;
    this.failed = null;
    this.done = this.#run();
  }

  get size() {
    return this.#pieces.reduce((sum, piece) => sum + piece.byteLength, 0);
  }

  /** Continue sending after new data was recorded. */
  wake() {
    this.#news = true;
    this.#wake();
  }

  /** Send the rest and end the upload. Resolves to its id when the library has all bytes. */
  finish() {
    this.#ending = deferred();
    if (this.failed) this.done = this.#run();
    this.wake();
    return this.#ending.promise;
  }

  stop() {
    this.#stopped = true;
    this.wake();
  }

  async #run() {
    let wait = 1000;
    let offset = null;
    this.failed = null;
    while (!this.#stopped) {
      this.#news = false;
      try {
        if (!this.size) {
          await this.#idle();
          continue;
        }
        offset ??= await this.#begin();
        if (offset < this.size) offset = await this.#send(offset);
        else if (await this.#note()) continue;
        else if (this.#ending) return this.#ending.resolve(await this.#end());
        else await this.#idle();
        wait = 1000;
      } catch (error) {
        if (error instanceof Refused) return this.#give(error);
        this.tell(gettext("The connection is interrupted. This browser keeps the recording and sends it later."));
        await Promise.race([pause(wait), this.#online()]);
        wait = Math.min(wait * 2, LONGEST_WAIT);
        offset = null; // ask the server for the offset, because the last response may have been lost
      }
    }
  }

  #give(error) {
    this.failed = error;
    this.tell(error.message);
    this.#ending?.reject(error);
  }

  #idle() {
    if (this.#news) return null;
    this.tell(this.size ? gettext("Everything that you have recorded so far is in the library.") : "");
    return new Promise((done) => (this.#wake = done));
  }

  #online() {
    return new Promise((done) => addEventListener("online", done, { once: true }));
  }

  /** Return the offset of the upload. Creates the upload if there is none. */
  async #begin() {
    if (this.#take.url) {
      const stand = await this.#ask("HEAD", this.#take.url);
      const offset = Number(stand.headers.get("Upload-Offset"));
      if (stand.ok && offset <= this.size) return offset;
      if (!stand.ok && stand.status !== 404) throw new Error(stand.statusText);
    }
    const answer = await this.#ask("POST", this.#uploads, {
      "Upload-Defer-Length": "1",
      ...named(this.#take.name),
    });
    if (!answer.ok) throw new Error(answer.statusText);
    this.#take.url = answer.headers.get("Location");
    this.#noted = "";
    await this.keep();
    return 0;
  }

  async #send(offset) {
    const piece = await this.#from(offset);
    const answer = await this.#ask("PATCH", this.#take.url, await describe(piece, offset), piece);
    if (!answer.ok) throw new Error(answer.statusText);
    return Number(answer.headers.get("Upload-Offset"));
  }

  /** Return the bytes for the next request, starting at `offset`. */
  #from(offset) {
    const chosen = [];
    let start = 0;
    let size = 0;
    for (const piece of this.#pieces) {
      const skip = Math.max(0, offset - start);
      if (skip < piece.byteLength && size < AT_ONCE) {
        chosen.push(piece.slice(skip));
        size += piece.byteLength - skip;
      }
      start += piece.byteLength;
    }
    return new Blob(chosen).arrayBuffer();
  }

  /** Send length and chapters to the library if they have changed. Resolves to true if something was sent. */
  async #note() {
    const { seconds, chapters } = this.#take;
    const words = JSON.stringify({ seconds, chapters: chapters.map((c) => [c.start, c.title]) });
    if (words === this.#noted) return false;
    const headers = { "Content-Type": "application/json" };
    const answer = await this.#ask("PUT", `${this.#take.url}/recording`, headers, words);
    if (!answer.ok) throw new Error(answer.statusText);
    this.#noted = words;
    return true;
  }

  /** Send the length. The hash in the response must equal the hash of the recording here. */
  async #end() {
    const total = this.size;
    const headers = { ...(await describe(new ArrayBuffer(0), total)), "Upload-Length": String(total) };
    const answer = await this.#ask("PATCH", this.#take.url, headers, "");
    const theirs = answer.headers.get("Upload-SHA256");
    if (!answer.ok || !theirs) throw new Error(answer.statusText);
    const ours = this.#pieces.reduce((hash, p) => hash.update(new Uint8Array(p)), new Sha256()).hex();
    if (theirs !== ours) {
      await this.#ask("DELETE", this.#take.url);
      this.#take.url = null;
      throw new Error(gettext("The library received other bytes than this browser sent."));
    }
    return this.#take.url.split("/").pop();
  }
}

function deferred() {
  const made = {};
  made.promise = new Promise((resolve, reject) => Object.assign(made, { resolve, reject }));
  return made;
}
