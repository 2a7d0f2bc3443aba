/** Tables that are put in order by a click on a column's head, and can be had as CSV. */

import { element } from "./elements.js";

const chosen = new Map();

/**
 * A table of `rows` below its caption. A column is `{ title, value, show, isNumber }`: `value` is what a row is put in order
 * by and has in the file, null where it has none; `show` is what is seen of it where that is another.
 * `order` is `{ title, descending }`, until another is chosen for the table of this `id`, which also names the file; without
 * it the rows are as they come. Titles differ.
 */
export function tableOf({ id, caption, columns, rows, order }) {
  const body = element("tbody");
  const heads = columns.map((column) => headOf(column, () => sortBy(column)));
  const isThere = (title) => columns.some((column) => column.title === title);
  const current = () => (isThere(chosen.get(id)?.title) ? chosen.get(id) : (order ?? {}));
  const put = () => {
    const { title, descending } = current();
    const column = columns.find((column) => column.title === title);
    columns.forEach((each, index) => {
      heads[index].setAttribute("aria-sort", each !== column ? "none" : descending ? "descending" : "ascending");
    });
    const ordered = column ? sorted(rows, column, descending) : rows;
    body.replaceChildren(...ordered.map((row) => rowOf(row, columns)));
  };
  const sortBy = ({ title, isNumber }) => {
    const before = current();
    chosen.set(id, { title, descending: title === before.title ? !before.descending : Boolean(isNumber) });
    put();
  };
  const download = () => save(`${id}.csv`, csvOf(columns, sorted(rows, columns[0], false)));
  put();
  return element(
    "div",
    { class: "table" },
    element(
      "div",
      { class: "scrolled" },
      element("table", {}, element("caption", {}, caption), element("thead", {}, element("tr", {}, heads)), body),
    ),
    element("button", { type: "button", click: download, "aria-label": `Download CSV: ${caption}` }, "Download CSV"),
  );
}

function headOf({ title, isNumber }, sort) {
  return element(
    "th",
    { scope: "col", class: isNumber && "number" },
    element("button", { type: "button", click: sort }, title),
  );
}

function rowOf(row, columns) {
  return element(
    "tr",
    {},
    columns.map(({ value, show = value, isNumber }, index) =>
      element(index ? "td" : "th", { scope: index ? null : "row", class: isNumber && "number" }, show(row)),
    ),
  );
}

/** What has no value comes last in either direction. */
function sorted(rows, { value, isNumber }, descending) {
  const compare = isNumber ? (one, other) => Number(one) - Number(other) : (one, other) => one.localeCompare(other);
  return [...rows].sort((a, b) => {
    const [one, other] = [value(a), value(b)];
    if (one === null || other === null) return (one === null) - (other === null);
    return descending ? compare(other, one) : compare(one, other);
  });
}

function csvOf(columns, rows) {
  const lines = [columns.map(({ title }) => title), ...rows.map((row) => columns.map(({ value }) => value(row)))];
  return lines.map((cells) => `${cells.map(cellOf).join(",")}\r\n`).join("");
}

function cellOf(value) {
  // Spreadsheets would take such a text for a formula.
  const text = typeof value === "string" ? value.replace(/^(?=[=+\-@\t\r])/, "'") : String(value ?? "");
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

function save(name, text) {
  // With a mark in front, without which spreadsheets take UTF-8 for something else.
  const href = URL.createObjectURL(new Blob(["\ufeff", text], { type: "text/csv;charset=utf-8" }));
  element("a", { href, download: name }).click();
  URL.revokeObjectURL(href);
}
