/* Passkeys: get a challenge from the server, let the device sign it, and send the signature with the form. */
import { gettext } from "./translation.js";

const able =
  "parseCreationOptionsFromJSON" in (globalThis.PublicKeyCredential ?? {}) &&
  "toJSON" in globalThis.PublicKeyCredential.prototype;

const SENTENCES = {
  InvalidStateError: gettext("This device has a passkey for your account already. Sign in with it."),
  NotAllowedError: gettext("The request was cancelled on the device, or took too long. Try again."),
  SecurityError: gettext("Passkeys do not work at this address. Open the library at its usual address."),
};

class Refusal extends Error {}

async function options(form) {
  const sent = form.dataset.passkey === "create" ? { method: "POST", body: new FormData(form) } : {};
  const answer = await fetch(form.dataset.options, sent);
  const received = await answer.json();
  if (!answer.ok) throw new Refusal(received.detail);
  return received;
}

async function credential(form) {
  const received = await options(form);
  return form.dataset.passkey === "create"
    ? navigator.credentials.create({ publicKey: PublicKeyCredential.parseCreationOptionsFromJSON(received) })
    : navigator.credentials.get({ publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(received) });
}

/** Submit the form without password and code: the server has checked them already. */
function send(form, made) {
  form.elements.credential.value = JSON.stringify(made);
  for (const name of ["password", "code"]) if (form.elements[name]) form.elements[name].value = "";
  if (document.querySelector("[name=remember]:checked")) {
    const keep = Object.assign(document.createElement("input"), { type: "hidden", name: "remember", value: "y" });
    form.append(keep);
  }
  form.submit();
}

async function go(form) {
  const [button, problem] = [form.querySelector("button"), form.querySelector("[data-problem]")];
  button.disabled = problem.hidden = true;
  try {
    send(form, await credential(form));
  } catch (error) {
    problem.textContent = error instanceof Refusal ? error.message : (SENTENCES[error.name] ?? gettext("The passkey did not work. Try again."));
    problem.hidden = button.disabled = false;
    button.focus();
  }
}

if (able) {
  for (const note of document.querySelectorAll("[data-without-passkeys]")) note.hidden = true;
  for (const form of document.querySelectorAll("[data-passkey]")) {
    form.hidden = false;
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      go(form);
    });
  }
}
