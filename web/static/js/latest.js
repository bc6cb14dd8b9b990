/* Fetches where only the newest counts: an older answer is never shown over a newer one. */
export class Latest {
  #asked = 0;
  #running = null;

  /**
   * What `address` answers, as `read` takes it from the response; null when something newer was
   * asked meanwhile, or when no answer came.
   */
  async ask(address, read) {
    const mine = this.forget();
    this.#running = new AbortController();
    try {
      const response = await fetch(address, { signal: this.#running.signal });
      const said = response.ok ? await read(response) : null;
      // A browser may hand over what had arrived before it was told to stop: the number decides.
      return mine === this.#asked ? said : null;
    } catch {
      return null; // stopped by us, or no network: what is shown stays
    }
  }

  /** Whatever is under way comes too late from now on. */
  forget() {
    this.#running?.abort();
    return ++this.#asked;
  }
}

/** `action`, once its caller has been quiet for `milliseconds`. */
export function afterPause(milliseconds, action) {
  let timer = 0;
  const later = (...given) => {
    clearTimeout(timer);
    timer = setTimeout(action, milliseconds, ...given);
  };
  later.cancel = () => clearTimeout(timer);
  return later;
}
