/* Files that the browser may open again by itself: remembered until they have arrived. */
const NAME = "uploads";

function within(mode, work) {
  return new Promise((done, failed) => {
    const asked = indexedDB.open(NAME, 1);
    asked.onupgradeneeded = () => asked.result.createObjectStore("handles");
    asked.onerror = () => failed(asked.error);
    asked.onsuccess = () => {
      const transaction = asked.result.transaction("handles", mode);
      const request = work(transaction.objectStore("handles"));
      transaction.oncomplete = () => done(request.result);
      transaction.onerror = () => failed(transaction.error);
    };
  });
}

// Where a browser keeps no handles, the person chooses the same file again: nothing else changes.
export const remember = (url, handle) => within("readwrite", (store) => store.put(handle, url)).catch(() => {});
export const recall = (url) => within("readonly", (store) => store.get(url)).catch(() => undefined);
export const forget = (url) => within("readwrite", (store) => store.delete(url)).catch(() => {});

/** The file behind a handle, once its person allows it; null when they do not or it is gone. */
export async function reopened(handle) {
  try {
    if ((await handle.requestPermission?.({ mode: "read" })) === "denied") return null;
    return await handle.getFile();
  } catch {
    return null;
  }
}
