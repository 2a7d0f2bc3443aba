/** The form that says what the usage page shows. */

import { element } from "./elements.js";
import { DIMENSIONS, MEASURES, PERIODS, daysOf, lastOf } from "./usage_view.js";

/**
 * `change` is called with what is chosen anew of the view; the form follows it by `show`, and says by `showOnly` whose calls
 * alone are shown, when they are.
 */
export function controlsOf({ change, reload }) {
  const period = choice("period", PERIODS);
  const from = element("input", { type: "date", id: "from", name: "from" });
  const to = element("input", { type: "date", id: "to", name: "to" });
  const by = choice("by", DIMENSIONS);
  const measure = choice("measure", MEASURES);
  const days = element("span", { class: "days" }, labelled("From", from), " ", labelled("to", to));
  const only = element("span", { class: "only" });
  const form = element(
    "form",
    { class: "controls", "aria-label": "What is shown" },
    labelled("Period", period),
    days,
    labelled("By", by),
    labelled("Chart", measure),
    element("button", {}, "Reload"),
    only,
  );
  let shown;

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    reload();
  });
  for (const field of [by, measure, from, to])
    field.addEventListener("change", () => change({ [field.name]: field.value }));
  // Between two days: at first those that are shown already.
  period.addEventListener("change", () =>
    change({ period: period.value, ...(shown.period === "between" ? {} : boundsOf(shown)) }),
  );

  return { form, show, showOnly, focusOnly: () => only.querySelector("button")?.focus() };

  function show(view) {
    shown = view;
    for (const field of [period, by, measure, from, to])
      if (field.value !== view[field.name]) field.value = view[field.name];
    days.hidden = view.period !== "between";
  }

  function showOnly(view, name) {
    only.hidden = !view.only;
    only.replaceChildren(...(view.only ? partsOf(view.only, name) : []));
  }

  function partsOf({ dimension, key }, name = key) {
    return [
      `${DIMENSIONS[dimension]}: `,
      element("bdi", {}, name),
      " ",
      element("button", { type: "button", click: showAll }, "Show all"),
    ];
  }

  function showAll() {
    // The button goes away.
    by.focus();
    change({ only: null });
  }
}

function boundsOf(view) {
  const range = daysOf(view);
  return { from: range.first, to: lastOf(range) };
}

const labelled = (text, field) => element("span", {}, element("label", { for: field.id }, text), " ", field);

function choice(name, known) {
  return element(
    "select",
    { id: name, name },
    Object.entries(known).map(([value, text]) => element("option", { value }, text)),
  );
}
