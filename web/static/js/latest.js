/* Requests of which only the newest response is used. */
export class Latest {
  #asked = 0;
  #running = null;

  /**
   * Fetch `address` and resolve to `read(response)`. Resolves to null if a newer request was sent
   * meanwhile, or if there was no response.
   */
  async ask(address, read) {
    const mine = this.forget();
    this.#running = new AbortController();
    try {
      const response = await fetch(address, { signal: this.#running.signal });
      const said = response.ok ? await read(response) : null;
      // A response may arrive although its request was aborted, so the number is compared.
      return mine === this.#asked ? said : null;
    } catch {
      return null; // aborted, or no network: the page does not change
    }
  }

  /** Ignore the responses of all requests that are running. */
  forget() {
    this.#running?.abort();
    return ++this.#asked;
  }
}

/** Return a function that calls `action` after `milliseconds` without another call (debounce). */
export function afterPause(milliseconds, action) {
  let timer = 0;
  const later = (...given) => {
    clearTimeout(timer);
    timer = setTimeout(action, milliseconds, ...given);
  };
  later.cancel = () => clearTimeout(timer);
  return later;
}
