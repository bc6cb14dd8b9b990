/* Buttons that mark a moment. They are sent without loading the page again. */
const REMOVE = "remove-";

/** Show which buttons are pressed after `pressed` was sent, in all forms about this moment. */
function show(form, pressed) {
  const value = pressed.value.replace(REMOVE, "");
  const on = !pressed.value.startsWith(REMOVE);
  const group = pressed.closest("[role=group]");
  const others = group ? [...group.querySelectorAll("button")].map((button) => button.value.replace(REMOVE, "")) : [];
  const passage = new FormData(form).get("passage");
  for (const same of document.querySelectorAll("form[data-mark]")) {
    if (same !== form && (!passage || new FormData(same).get("passage") !== passage)) continue;
    for (const button of same.querySelectorAll("button[aria-pressed]")) {
      const own = button.value.replace(REMOVE, "");
      if (own !== value && !others.includes(own)) continue;
      const is = own === value && on;
      button.value = is ? REMOVE + own : own;
      button.setAttribute("aria-pressed", String(is));
    }
  }
}

/** Send the form as a browser without this script does, so that the page shows what is wrong. */
function sendWhole(form, pressed) {
  const field = document.createElement("input");
  Object.assign(field, { type: "hidden", name: pressed.name, value: pressed.value });
  form.append(field);
  form.submit();
}

document.addEventListener("submit", async (event) => {
  const form = event.target.closest("form[data-mark]");
  const pressed = event.submitter;
  if (!form || !pressed) return;
  event.preventDefault();
  const body = new FormData(form);
  body.set(pressed.name, pressed.value);
  const sent = { method: "POST", body, headers: { Accept: "application/json" } };
  const answer = await fetch(form.getAttribute("action"), sent).catch(() => null);
  if (!answer?.ok) return sendWhole(form, pressed);
  show(form, pressed);
  form.querySelector("[data-mark-says]").textContent = (await answer.json()).says;
});
