// Rows of a form: one more, earlier, later. Without it, one empty row and the numbers of the order do the same.
"use strict";

for (const list of document.querySelectorAll("[data-rows]")) {
  const rows = () => [...list.querySelectorAll(":scope > [data-row]")];
  const number = () => rows().forEach((row, at) => {
    const place = row.querySelector("[data-position]");
    if (place && (place.value || row.querySelector("[name$='.code']")?.value)) place.value = at + 1;
  });

  const adding = document.querySelector(`[data-add="${list.dataset.rows}"]`);
  if (adding) {
    adding.hidden = false;
    adding.addEventListener("click", () => {
      const last = rows().at(-1);
      const at = 1 + Math.max(...rows().map((row) => Number(row.querySelector("[name]").name.split(".")[1])));
      if (rows().length >= 40) return;
      const fresh = last.cloneNode(true);
      const renamed = (text) => text.replaceAll(new RegExp(`\\b${list.dataset.rows}\\.\\d+\\.`, "g"), `${list.dataset.rows}.${at}.`);
      for (const element of fresh.querySelectorAll("[id], [name], [for]")) {
        for (const name of ["id", "name", "for"]) {
          if (element.hasAttribute(name)) element.setAttribute(name, renamed(element.getAttribute(name)));
        }
        element.removeAttribute("aria-describedby");
        element.removeAttribute("aria-invalid");
        element.classList.remove("is-invalid");
        if (element.matches("input:not([type=checkbox]), textarea")) { element.value = ""; element.readOnly = false; }
        if (element.matches("[type=checkbox]")) element.checked = false;
      }
      for (const told of fresh.querySelectorAll(".invalid-feedback, [id$='-theirs']")) told.remove();
      list.append(fresh);
      fresh.querySelector("input").focus();
    });
  }

  list.addEventListener("click", (event) => {
    const button = event.target.closest("[data-move]");
    if (!button) return;
    const row = button.closest("[data-row]");
    const other = button.dataset.move === "-1" ? row.previousElementSibling : row.nextElementSibling;
    if (!other) return;
    if (button.dataset.move === "-1") other.before(row); else other.after(row);
    number();
    button.focus();
  });
  for (const button of list.querySelectorAll("[data-move]")) button.hidden = false;
}
