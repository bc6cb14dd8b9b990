/* Drag and drop in ordered lists. The buttons beside each item do the same without a mouse. */
for (const list of document.querySelectorAll("[data-arrange]")) {
  const form = document.getElementById(list.dataset.arrange);
  let held = null;
  for (const item of list.children) {
    item.draggable = true;
    item.addEventListener("dragstart", (event) => {
      held = item;
      event.dataTransfer.effectAllowed = "move";
      event.dataTransfer.setData("text/plain", item.dataset.id);
    });
    item.addEventListener("dragover", (event) => {
      if (!held || held === item) return;
      event.preventDefault();
      const box = item.getBoundingClientRect();
      item[event.clientY > box.top + box.height / 2 ? "after" : "before"](held);
    });
    item.addEventListener("dragend", () => {
      held = null;
      const order = [...list.children].map((one) => one.dataset.id).join(",");
      if (order === form.elements.order.defaultValue) return;
      form.elements.order.value = order;
      form.requestSubmit();
    });
  }
  list.addEventListener("dragover", (event) => event.preventDefault());
  list.addEventListener("drop", (event) => event.preventDefault());
}
