/* Sends files in pieces that survive a broken line (tus 1.0), while the form is being filled in. */
import { addPeopleRows } from "./people_rows.js";

const PIECE = 4 * 1024 * 1024;
const LONGEST_WAIT = 30_000;
const FINAL = new Set([400, 401, 403, 412, 413, 415, 507]);

const form = document.querySelector("[data-add]");
const list = form.querySelector("[data-files]");
const picker = form.querySelector("input[type=file]");
const drop = form.querySelector("[data-drop]");
const says = form.querySelector("[data-send-words]");
const token = form.querySelector("[name=csrf_token]").value;
const running = new Set();

const pause = (ms) => new Promise((done) => setTimeout(done, ms));
const base64 = (bytes) => btoa(String.fromCharCode(...new Uint8Array(bytes)));

class Refused extends Error {}

async function ask(method, url, headers = {}, body = undefined) {
  const answer = await fetch(url, {
    method,
    body,
    headers: { "Tus-Resumable": "1.0.0", "X-CSRFToken": token, ...headers },
  });
  if (FINAL.has(answer.status)) {
    const problem = await answer.json().catch(() => ({}));
    throw new Refused(problem.detail ?? "The library refused this file.");
  }
  return answer;
}

/** The same file chosen again goes on where it stopped, even after the page was closed. */
const memory = (file) => `upload:${file.name}:${file.size}:${file.lastModified}`;

async function begin(file) {
  const known = localStorage.getItem(memory(file));
  if (known) {
    const stand = await ask("HEAD", known);
    if (stand.ok) return { url: known, offset: Number(stand.headers.get("Upload-Offset")) };
    localStorage.removeItem(memory(file));
  }
  const name = base64(new TextEncoder().encode(file.name));
  const answer = await ask("POST", form.dataset.uploads, {
    "Upload-Length": String(file.size),
    "Upload-Metadata": `filename ${name}`,
  });
  if (!answer.ok) throw new Error(answer.statusText);
  const url = answer.headers.get("Location");
  localStorage.setItem(memory(file), url);
  return { url, offset: 0 };
}

async function checksum(piece) {
  // Browsers hash only on https and on this machine; elsewhere the connection alone must do.
  if (!globalThis.crypto?.subtle) return {};
  return { "Upload-Checksum": `sha256 ${base64(await crypto.subtle.digest("SHA-256", piece))}` };
}

async function sendPiece(file, upload) {
  const piece = await file.slice(upload.offset, upload.offset + PIECE).arrayBuffer();
  const answer = await ask(
    "PATCH",
    upload.url,
    {
      "Upload-Offset": String(upload.offset),
      "Content-Type": "application/offset+octet-stream",
      ...(await checksum(piece)),
    },
    piece,
  );
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
  }
}

async function send(file, row) {
  let upload = null;
  let wait = 1000;
  while (!row.gone && (!upload || upload.offset < file.size)) {
    try {
      if (upload) await sendPiece(file, upload);
      else upload = await begin(file);
      wait = 1000;
      row.show(upload.offset / file.size);
    } catch (error) {
      if (error instanceof Refused) throw error;
      row.say("The connection is interrupted. Trying again; nothing is lost.");
      await pause(wait);
      wait = Math.min(wait * 2, LONGEST_WAIT);
      upload = null; // ask where it stands: the last answer may have been lost on its way
    }
  }
  if (row.gone && upload) {
    localStorage.removeItem(memory(file));
    await ask("DELETE", upload.url).catch(() => {});
  }
  return upload.url.split("/").pop();
}

function rowFor(file) {
  const item = document.createElement("li");
  item.innerHTML = `<div class="progress"><span></span>
    <progress max="1" value="0"></progress><span class="row"><span class="muted num">0 %</span>
    <button type="button" class="link-button">Leave it out</button></span></div>`;
  const [name, percent] = item.querySelectorAll("span:not(.row)");
  const bar = item.querySelector("progress");
  name.textContent = file.name;
  bar.setAttribute("aria-label", `How much of ${file.name} has arrived`);
  const row = {
    gone: false,
    show(part) {
      bar.value = part;
      percent.textContent = part < 1 ? `${Math.floor(part * 100)} %` : "Has arrived";
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
  if (file.size === 0) return "This file is empty: it holds 0 bytes. Choose the file once more.";
  if (file.size > Number(form.dataset.limit)) {
    return `This file is too large; this library takes files of up to ${form.dataset.limitWords}.`;
  }
  return "";
}

function take(file) {
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

picker.addEventListener("change", () => {
  for (const file of picker.files) take(file);
  picker.value = ""; // the bytes travel in pieces, not once more with the form
});

for (const kind of ["dragenter", "dragover"]) {
  drop.addEventListener(kind, (event) => {
    event.preventDefault();
    drop.classList.add("is-over");
  });
}
for (const kind of ["dragleave", "drop"]) drop.addEventListener(kind, () => drop.classList.remove("is-over"));
drop.addEventListener("drop", (event) => {
  event.preventDefault();
  for (const file of event.dataTransfer.files) take(file);
});
form.querySelector("[data-drop-words]").textContent = "Drop a recording, a transcript or a note here, or choose one";

form.addEventListener("submit", async (event) => {
  if (!running.size) {
    for (const key of Object.keys(localStorage)) if (key.startsWith("upload:")) localStorage.removeItem(key);
    return;
  }
  event.preventDefault();
  const button = event.submitter;
  says.textContent = "The files are still on their way. The session is added as soon as they have arrived.";
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
