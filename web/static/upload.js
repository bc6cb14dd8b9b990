/* Resumable uploads (tus 1.0) of the chosen files, while the form is filled in. */
import { forget, recall, remember, reopened } from "./handles.js";
import { gettext } from "./js/translation.js";
import { addPeopleRows } from "./people_rows.js";
import { Sha256 } from "./sha256.js";
import { Refused, asker, describe, named, pause } from "./tus.js";

const PIECE = 4 * 1024 * 1024;
const LONGEST_WAIT = 30_000;

const form = document.querySelector("[data-add]");
const list = form.querySelector("[data-files]");
const picker = form.querySelector("input[type=file]");
const drop = form.querySelector("[data-drop]");
const says = form.querySelector("[data-send-words]");
const ask = asker(form.querySelector("[name=csrf_token]").value);
const running = new Set();

/** Return the storage key of an upload. If the same file is chosen again, the upload resumes. */
const memory = (file) => `upload:${file.name}:${file.size}:${file.lastModified}`;

async function begin(file) {
  const known = localStorage.getItem(memory(file));
  if (known) {
    const stand = await ask("HEAD", known);
    if (stand.ok) form.querySelector(`[data-upload="${known}"]`)?.remove();
    if (stand.ok) return { url: known, offset: Number(stand.headers.get("Upload-Offset")) };
    localStorage.removeItem(memory(file));
  }
  const answer = await ask("POST", form.dataset.uploads, { "Upload-Length": String(file.size), ...named(file.name) });
  if (!answer.ok) throw new Error(answer.statusText);
  const url = answer.headers.get("Location");
  localStorage.setItem(memory(file), url);
  if (handles.has(file)) remember(url, handles.get(file));
  return { url, offset: 0 };
}

/** Incremental SHA-256 of the part of a file that has been sent. */
class Running {
  #hash = new Sha256();
  #at = 0;

  constructor(file) {
    this.file = file;
  }

  async upTo(end) {
    while (this.#at < end) {
      const next = Math.min(this.#at + PIECE, end);
      this.#hash.update(new Uint8Array(await this.file.slice(this.#at, next).arrayBuffer()));
      this.#at = next;
    }
  }

  async hex() {
    await this.upTo(this.file.size);
    return this.#hash.hex();
  }
}

async function sendPiece(file, upload) {
  const piece = await file.slice(upload.offset, upload.offset + PIECE).arrayBuffer();
  const answer = await ask("PATCH", upload.url, await describe(piece, upload.offset), piece);
  if (answer.status === 409) {
    const stand = await ask("HEAD", upload.url);
    upload.offset = Number(stand.headers.get("Upload-Offset"));
    await pause(1000);
  } else if (answer.status === 404) {
    localStorage.removeItem(memory(file));
    Object.assign(upload, await begin(file));
  } else if (!answer.ok) {
    throw new Error(answer.statusText);
  } else {
    upload.offset = Number(answer.headers.get("Upload-Offset"));
    upload.theirs = answer.headers.get("Upload-SHA256");
  }
}

async function send(file, row) {
  const ours = new Running(file);
  let upload = null;
  let wait = 1000;
  while (!row.gone && (!upload || upload.offset < file.size)) {
    try {
      if (upload) await sendPiece(file, upload);
      else upload = await begin(file);
      await ours.upTo(upload.offset);
      wait = 1000;
      row.show(upload.offset / file.size);
    } catch (error) {
      if (error instanceof Refused) throw error;
      if (error instanceof DOMException) throw new Refused(gettext("This file was changed or moved while it was being sent. Choose it again."));
      row.say(gettext("The connection is interrupted. The upload continues automatically; nothing is lost."));
      await pause(wait);
      wait = Math.min(wait * 2, LONGEST_WAIT);
      upload = null; // ask the server for the offset, because the last response may have been lost
    }
  }
  if (row.gone) {
    if (upload) await giveUp(file, upload.url);
    return "";
  }
  await compare(file, upload, ours);
  forget(upload.url);
  return upload.url.split("/").pop();
}

async function giveUp(file, url) {
  localStorage.removeItem(memory(file));
  forget(url);
  await ask("DELETE", url).catch(() => {});
}

/** Compare the hash of the file with the hash of the bytes that the library has. */
async function compare(file, upload, ours) {
  const hash = await ours.hex();
  for (let wait = 1000; !upload.theirs; wait = Math.min(wait * 2, LONGEST_WAIT)) {
    try {
      // If the upload is complete, the response to an empty piece has the hash.
      const headers = await describe(new ArrayBuffer(0), file.size);
      upload.theirs = (await ask("PATCH", upload.url, headers, "")).headers.get("Upload-SHA256");
    } catch (error) {
      if (error instanceof Refused) throw error;
      await pause(wait);
    }
  }
  if (upload.theirs === hash) return;
  await giveUp(file, upload.url);
  throw new Refused(gettext("The file was changed during the upload: the library received other bytes. Choose the file again."));
}

function rowFor(file) {
  const item = document.createElement("li");
  item.innerHTML = `<div class="progress"><span></span>
    <progress max="1" value="0"></progress><span class="row"><span class="muted num">0 %</span>
    <button type="button" class="link-button"></button></span></div>`;
  const [name, percent] = item.querySelectorAll("span:not(.row)");
  const bar = item.querySelector("progress");
  name.textContent = file.name;
  item.querySelector("button").textContent = gettext("Remove");
  bar.setAttribute("aria-label", gettext("Upload progress of %(name)s", { name: file.name }));
  const row = {
    gone: false,
    show(part) {
      bar.value = part;
      percent.textContent = part < 1 ? `${Math.floor(part * 100)} %` : gettext("Uploaded");
    },
    say: (text) => (percent.textContent = text),
    arrived(id) {
      const field = Object.assign(document.createElement("input"), { type: "hidden", name: "upload", value: id });
      item.append(field);
    },
    refuse(text) {
      bar.remove();
      percent.className = "error";
      percent.textContent = text;
    },
  };
  item.querySelector("button").addEventListener("click", () => {
    row.gone = true;
    item.remove();
    picker.focus();
  });
  list.append(item);
  return row;
}

function objection(file) {
  if (file.size === 0) return gettext("This file is empty: it holds 0 bytes. Choose another file.");
  if (file.size > Number(form.dataset.limit)) {
    const limit = form.dataset.limitWords;
    return gettext("This file is too large: this library accepts files of up to %(limit)s. Choose a smaller file, or ask the administrator to raise the limit.", { limit });
  }
  if (form.dataset.quotaLeft && file.size > Number(form.dataset.quotaLeft)) {
    const left = form.dataset.quotaLeftWords;
    return gettext("This file is too large: your storage quota has %(left)s left. Ask the administrator for a larger quota.", { left });
  }
  return "";
}

const handles = new Map(); // handle of each file for which the browser has given one

function take(file, handle) {
  if (handle) handles.set(file, handle);
  const row = rowFor(file);
  const problem = objection(file);
  if (problem) return row.refuse(problem);
  guess(file);
  const work = send(file, row)
    .then((id) => row.gone || row.arrived(id), (error) => row.refuse(error.message))
    .finally(() => running.delete(work));
  running.add(work);
}

function guess(file) {
  const title = form.querySelector("[name=title]");
  const day = form.querySelector("[name=held_on]");
  const found = /(?<!\d)(\d{4})[-_. ]?(\d{2})[-_. ]?(\d{2})(?!\d)/.exec(file.name);
  if (!title.value) {
    const words = file.name.replace(/\.[^.]+$/, "").replace(found?.[0] ?? "\0", " ").replace(/[_\-.]+|\s+/g, " ").trim();
    title.value = (words.charAt(0).toUpperCase() + words.slice(1)).slice(0, 300);
  }
  if (!day.value) {
    const named = found && `${found[1]}-${found[2]}-${found[3]}`;
    const saved = new Date(file.lastModified - new Date().getTimezoneOffset() * 60_000);
    day.value = named || saved.toISOString().slice(0, 10);
    if (!day.value) day.value = saved.toISOString().slice(0, 10);
  }
}

if (globalThis.showOpenFilePicker) {
  // A file chosen with this dialog can be reopened after the page was closed.
  picker.addEventListener("click", async (event) => {
    event.preventDefault();
    const chosen = await showOpenFilePicker({ multiple: true }).catch(() => []);
    for (const handle of chosen) take(await handle.getFile(), handle);
  });
}

picker.addEventListener("change", () => {
  for (const file of picker.files) take(file);
  picker.value = ""; // the form must not send the files a second time
});

for (const kind of ["dragenter", "dragover"]) {
  drop.addEventListener(kind, (event) => {
    event.preventDefault();
    drop.classList.add("is-over");
  });
}
for (const kind of ["dragleave", "drop"]) drop.addEventListener(kind, () => drop.classList.remove("is-over"));
drop.addEventListener("drop", async (event) => {
  event.preventDefault();
  const items = [...event.dataTransfer.items].filter((item) => item.kind === "file");
  const brought = items.map((item) => [item.getAsFile(), item.getAsFileSystemHandle?.()]);
  for (const [file, handle] of brought) if (file) take(file, await handle?.catch(() => undefined));
});

/** Show a button that continues an earlier upload, if the browser can reopen the file. */
async function offer(row) {
  const handle = await recall(row.dataset.upload);
  if (!handle) return;
  const button = Object.assign(document.createElement("button"), { type: "button", className: "button button-quiet", textContent: gettext("Continue upload") });
  button.setAttribute("aria-label", gettext("Continue upload of %(name)s", { name: handle.name }));
  button.addEventListener("click", async () => {
    const file = await reopened(handle);
    if (!file) return button.replaceWith(gettext("The file does not exist any more, or the browser may not read it. Choose the same file again to continue."));
    localStorage.setItem(memory(file), row.dataset.upload);
    row.remove();
    take(file, handle);
  });
  row.append(button);
}
for (const row of form.querySelectorAll("[data-upload]")) offer(row);
form.querySelector("[data-drop-words]").textContent = gettext("Drop a recording, a transcript or a note here, or choose one");

form.addEventListener("submit", async (event) => {
  if (!running.size) {
    for (const key of Object.keys(localStorage)) if (key.startsWith("upload:")) localStorage.removeItem(key);
    return;
  }
  event.preventDefault();
  const button = event.submitter;
  says.textContent = gettext("The files are still being uploaded. The session is added as soon as they have arrived.");
  while (running.size) await Promise.all(running);
  form.requestSubmit(button);
});

addEventListener("beforeunload", (event) => {
  if (running.size) event.preventDefault();
});

form.querySelector("[name=note]").addEventListener("input", (event) => {
  const shape = form.querySelector("[name=form]");
  if (event.target.value && shape.value === "one-to-one" && !list.children.length) shape.value = "note";
});

addPeopleRows(form);
