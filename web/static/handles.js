/* File handles in IndexedDB, stored until the upload is complete, so that the browser can reopen a file. */
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

// Some browsers cannot store handles. The person then has to choose the same file again.
export const remember = (url, handle) => within("readwrite", (store) => store.put(handle, url)).catch(() => {});
export const recall = (url) => within("readonly", (store) => store.get(url)).catch(() => undefined);
export const forget = (url) => within("readwrite", (store) => store.delete(url)).catch(() => {});

/** Return the file of a handle; null if the person does not allow it or the file does not exist. */
export async function reopened(handle) {
  try {
    if ((await handle.requestPermission?.({ mode: "read" })) === "denied") return null;
    return await handle.getFile();
  } catch {
    return null;
  }
}
