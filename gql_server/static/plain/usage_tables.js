/** The tables of the usage page. */

import { element } from "./elements.js";
import { TITLES } from "./usage_data.js";
import { inDollars, inMeasure, inNumbers, inPercent, inSeconds } from "./usage_format.js";
import { tableOf } from "./usage_table.js";
import { DIMENSIONS, MEASURES } from "./usage_view.js";

const TOP = 5;

const number = (title, name, show) => ({
  title,
  value: (row) => row[name],
  show: (row) => show(row[name]),
  isNumber: true,
});
const CALLS = number("Calls", "calls", inNumbers);
const TOKENS = [number("Tokens in", "tokensIn", inNumbers), number("Tokens out", "tokensOut", inNumbers)];
const COST = number("Cost in USD", "cost", inDollars);
// What is not priced has no part in the cost.
const costOfOne = ({ cost, calls, unpricedCalls }) =>
  calls > unpricedCalls ? Number(cost) / (calls - unpricedCalls) : null;
const COST_OF_ONE = {
  title: "USD per priced call",
  value: costOfOne,
  show: (row) => inDollars(costOfOne(row)),
  isNumber: true,
};
const UNPRICED = number("Unpriced calls", "unpricedCalls", inNumbers);
const SECONDS = [
  number("Mean seconds", "meanSeconds", inSeconds),
  number("95 % within seconds", "p95Seconds", inSeconds),
];

/** What each project, model or prompt came to; `choose` is called with the one whose calls alone are to be shown. */
export function groupTable(groups, all, { by }, choose) {
  const name = {
    title: DIMENSIONS[by],
    value: ({ name }) => name,
    show: (group) => (group.key === null ? group.name : link(group.name, () => choose(group))),
  };
  const shareOfAll = ({ cost }) => (Number(all.cost) ? Number(cost) / Number(all.cost) : null);
  const share = {
    title: "Share of cost",
    value: shareOfAll,
    show: (group) => inPercent(shareOfAll(group)),
    isNumber: true,
  };
  return tableOf({
    id: `usage-by-${by}`,
    caption: `By ${DIMENSIONS[by].toLowerCase()}`,
    columns: [name, CALLS, ...TOKENS, COST, share, COST_OF_ONE, ...SECONDS, UNPRICED],
    rows: groups,
    order: { title: COST.title, descending: true },
  });
}

export const chartTitle = ({ by, measure }) =>
  `${MEASURES[measure]} by day and ${DIMENSIONS[by].toLowerCase()}${measure === "cost" ? ", in USD" : ""}`;

const link = (text, click) =>
  element("button", { type: "button", class: "link", title: "Show this alone", click }, text);

/** The numbers of the chart. */
export function dayTable({ series, rows }, { by, measure }) {
  const show = inMeasure(measure);
  const amount = (title, value) => ({ title, value, show: (row) => show(value(row)), isNumber: true });
  return tableOf({
    id: `${measure}-by-day-and-${by}`,
    caption: chartTitle({ by, measure }),
    columns: [
      { title: TITLES.day, value: ({ day }) => day },
      amount(TITLES.all, ({ total }) => total),
      ...series.map(({ name }, index) => amount(name, ({ values }) => values[index])),
    ],
    rows,
    order: { title: TITLES.day, descending: true },
  });
}

/** Where a budget is, and what is left of it; those that are nearest to their end first. */
export function budgetTable({ monthByClient, monthByProject }) {
  const rows = [
    ...monthByClient.map(({ client, cost }) => ({ kind: "Client", of: client, name: client?.name, cost })),
    ...monthByProject.map(({ project, name, cost }) => ({ kind: "Project", of: project, name, cost })),
  ]
    .filter(({ of }) => of?.monthlyBudget != null)
    .map(({ kind, of: { monthlyBudget: budget }, name, cost }) => ({
      kind,
      name,
      cost,
      budget,
      share: shareOf(cost, budget),
    }));
  if (!rows.length) return element("p", {}, "Nothing that has a budget has spent anything this month.");
  const share = {
    title: "Of the budget",
    value: ({ share }) => share,
    show: ({ name, share }) => [
      `${inPercent(share)} `,
      element("meter", {
        value: Math.min(share, 1),
        high: "0.8",
        optimum: "0",
        "aria-label": `Of the budget: ${name}`,
      }),
    ],
    isNumber: true,
  };
  return tableOf({
    id: "budgets",
    caption: "Budgets of this month",
    columns: [
      { title: "Whose", value: ({ name }) => name },
      { title: "Kind", value: ({ kind }) => kind },
      number("Spent in USD", "cost", inDollars),
      number("Budget in USD", "budget", inDollars),
      share,
    ],
    rows,
    order: { title: share.title, descending: true },
  });
}

// A budget of nothing is spent from the start.
const shareOf = (cost, budget) => (Number(budget) ? Number(cost) / Number(budget) : 1);

export function expensivePrompts(prompts) {
  return topTable("expensive-prompts", "Most expensive prompts", prompts, COST, [COST_OF_ONE, CALLS]);
}

export function slowPrompts(prompts) {
  const timed = prompts.filter(({ meanSeconds }) => meanSeconds !== null);
  return topTable("slow-prompts", "Slowest prompts", timed, SECONDS[0], [SECONDS[1], CALLS]);
}

function topTable(id, caption, prompts, first, others) {
  if (!prompts.length) return element("p", {}, `${caption}: no call is known that would tell.`);
  const rows = [...prompts].sort((one, other) => Number(first.value(other)) - Number(first.value(one))).slice(0, TOP);
  const name = { title: "Prompt", value: ({ name }) => name };
  return tableOf({
    id,
    caption,
    columns: [name, first, ...others],
    rows,
    order: { title: first.title, descending: true },
  });
}

export function unpricedTable(models) {
  return tableOf({
    id: "unpriced-calls",
    caption: "Models without a price",
    columns: [{ title: "Model", value: ({ name }) => name }, UNPRICED, CALLS, ...TOKENS],
    rows: models.filter(({ unpricedCalls }) => unpricedCalls > 0),
    order: { title: UNPRICED.title, descending: true },
  });
}

export function generationTable(counts) {
  return tableOf({
    id: "generations",
    caption: "Generations by state",
    columns: [
      { title: "State", value: ({ status }) => status.toLowerCase() },
      number("Generations", "count", inNumbers),
    ],
    rows: counts,
  });
}
