/* Button that adds a row for one more participant. */
export function addPeopleRows(form) {
  const rows = form.querySelector("[data-people-rows]");
  const button = form.querySelector("[data-person-add]");
  if (!rows || !button) return;
  button.hidden = false;
  button.addEventListener("click", () => {
    const row = rows.querySelector("[data-person-row]:last-child").cloneNode(true);
    row.querySelector("input").value = "";
    rows.append(row);
    row.querySelector("input").focus();
  });
}
