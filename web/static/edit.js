/* The form of a session's details. */
import { addPeopleRows } from "./people_rows.js";

addPeopleRows(document.querySelector("[data-details]"));
