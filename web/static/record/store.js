/* Copy of a recording in IndexedDB, deleted when the library has the same bytes. */
const NAME = "recordings";

let opened = null;

function open() {
  opened ??= new Promise((done, failed) => {
    const asked = indexedDB.open(NAME, 1);
    asked.onupgradeneeded = () => {
      asked.result.createObjectStore("takes", { keyPath: "id" });
      asked.result.createObjectStore("pieces", { keyPath: ["id", "number"] });
    };
    asked.onsuccess = () => done(asked.result);
    asked.onerror = () => failed(asked.error);
  });
  return opened;
}

/** Run `work` on both stores. Resolves to the result of its request after the data is on the disk. */
async function within(mode, work) {
  const database = await open();
  return new Promise((done, failed) => {
    const transaction = database.transaction(["takes", "pieces"], mode, { durability: "strict" });
    const asked = work(transaction.objectStore("takes"), transaction.objectStore("pieces"));
    transaction.oncomplete = () => done(asked?.result);
    transaction.onerror = transaction.onabort = () => failed(transaction.error);
  });
}

const all = (id) => IDBKeyRange.bound([id, 0], [id, Infinity]);

/** Resolve to the unfinished recordings of a person, newest first. */
export async function unfinished(person) {
  const takes = await within("readonly", (store) => store.getAll());
  return takes.filter((take) => take.person === person).sort((a, b) => b.begun - a.begun);
}

export function piecesOf(id) {
  return within("readonly", (_, pieces) => pieces.getAll(all(id)));
}

export function keepTake(take) {
  return within("readwrite", (takes) => takes.put(take));
}

export function keepPiece(take, number, bytes) {
  return within("readwrite", (takes, pieces) => {
    takes.put(take);
    return pieces.put({ id: take.id, number, bytes });
  });
}

export function forget(id) {
  return within("readwrite", (takes, pieces) => {
    takes.delete(id);
    return pieces.delete(all(id));
  });
}
