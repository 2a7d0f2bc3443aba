/** The usage page: what language models cost, and what for. It asks the API, as any client does. */

import "./bar.js";
import { element } from "./elements.js";
import { currentKey, onKey } from "./key.js";
import { server } from "./page.js";
import { controlsOf } from "./usage_controls.js";
import { loadUsage } from "./usage_data.js";
import { inDollars, inNumbers, inSeconds } from "./usage_format.js";
import {
  budgetTable,
  chartTitle,
  dayTable,
  expensivePrompts,
  generationTable,
  groupTable,
  slowPrompts,
  unpricedTable,
} from "./usage_tables.js";
import { daysOf, lastOf, searchOf, viewIn } from "./usage_view.js";

/** Errors that are shown: there may be one for each project. */
const PROBLEM_LIMIT = 5;

/** `query` is the text of `usage.graphql`; `drawChart(figure, byDay, view)` is for pages that have a chart. */
export function startUsage(query, drawChart) {
  const said = element("div", { class: "said", role: "status" });
  const shown = element("div", { class: "shown" });
  const controls = controlsOf({ change: go, reload: load });
  let view = viewIn(location.search);
  let loading = new AbortController();

  document.querySelector("main").replaceChildren(controls.form, said, shown);
  addEventListener("popstate", () => {
    view = viewIn(location.search);
    void load();
  });
  onKey(load);
  void load();

  function go(changes) {
    view = { ...view, ...changes };
    // A day that is typed changes with each digit: not all of them are to go back to.
    const isDay = Object.keys(changes).every((name) => name === "from" || name === "to");
    history[isDay ? "replaceState" : "pushState"](null, "", searchOf(view));
    return load();
  }

  async function load() {
    loading.abort();
    loading = new AbortController();
    const { signal } = loading;
    controls.show(view);
    shown.setAttribute("aria-busy", "true");
    try {
      if (!server.anonymous && !currentKey().value) throw new Error("Put a key into the field at the top.");
      const loaded = await loadUsage(query, view, signal);
      if (!signal.aborted) show(loaded);
    } catch (error) {
      if (signal.aborted) return;
      controls.showOnly(view);
      said.replaceChildren(element("p", {}, error.message));
      shown.replaceChildren();
    }
    if (!signal.aborted) shown.setAttribute("aria-busy", "false");
  }

  function show({ problems, sums, byDay }) {
    controls.showOnly(view, sums?.onlyName);
    said.replaceChildren(
      problems.length ? problemList(problems) : element("p", { class: "heard" }, sentenceOf(sums.all)),
    );
    shown.replaceChildren(...(sums ? [...callsOf(sums, byDay), ...restOf(sums)] : []));
  }

  function callsOf(sums, byDay) {
    if (!sums.all.calls) {
      const range = daysOf(view);
      return [element("p", {}, `No language model was called from ${range.first} to ${lastOf(range)}.`)];
    }
    const choose = async ({ key }) => {
      await go({ only: { dimension: view.by, key } });
      // What was clicked has gone.
      if (document.activeElement === document.body) controls.focusOnly();
    };
    return [tiles(sums.all), byDay ? chartOf(byDay) : "", groupTable(sums.groups, sums.all, view, choose)];
  }

  function chartOf(byDay) {
    const table = dayTable(byDay, view);
    if (!drawChart) return table;
    const figure = element("figure", { class: "chart" }, element("figcaption", {}, chartTitle(view)));
    drawChart(figure, byDay, view);
    figure.append(element("details", {}, element("summary", {}, "The chart as a table"), table));
    return figure;
  }
}

function restOf(sums) {
  return [
    element("h2", {}, "Budgets"),
    element("p", {}, `Spent this month so far, in UTC: ${inDollars(sums.month.cost)}.`),
    budgetTable(sums),
    element("h2", {}, "Prompts"),
    element("div", { class: "beside" }, expensivePrompts(sums.prompts), slowPrompts(sums.prompts)),
    element("h2", {}, "Generations"),
    generationTable(sums.generationCounts),
    ...(sums.all.unpricedCalls ? unpriced(sums) : []),
  ];
}

function unpriced({ all, models }) {
  return [
    element("h2", {}, "Unpriced calls"),
    element("p", {}, `Of ${inNumbers(all.unpricedCalls)} calls the price is not known, and no cost has them in it.`),
    unpricedTable(models),
  ];
}

function tiles(all) {
  const known = [
    ["Cost", inDollars(all.cost)],
    ["Calls", inNumbers(all.calls)],
    ["Tokens in", inNumbers(all.tokensIn)],
    ["Tokens out", inNumbers(all.tokensOut)],
    ["Unpriced calls", inNumbers(all.unpricedCalls)],
    ["Mean seconds", inSeconds(all.meanSeconds) || "–"],
  ];
  return element(
    "dl",
    { class: "tiles" },
    known.map(([name, value]) => element("div", {}, element("dt", {}, name), element("dd", {}, value))),
  );
}

/** What a screen reader says of an answer. */
const sentenceOf = ({ calls, cost }) => `${inNumbers(calls)} calls, ${inDollars(cost)}`;

function problemList(problems) {
  return element(
    "ul",
    { "aria-label": "Errors", class: "problems" },
    problems
      .slice(0, PROBLEM_LIMIT)
      .map(({ code, message, explanation }) =>
        element("li", {}, element("strong", {}, code), ` ${message} `, explanation && element("em", {}, explanation)),
      ),
    problems.length > PROBLEM_LIMIT && element("li", {}, `And ${problems.length - PROBLEM_LIMIT} more.`),
  );
}
