/** Asks the API for what the usage page shows. */

import { problemsIn } from "./outcome.js";
import { send } from "./send.js";
import { daysOf, eachDay, monthOf } from "./usage_view.js";

/** How many groups have a colour of their own; what all others came to is one more. */
export const SERIES_LIMIT = 8;

/**
 * `{ problems, sums, byDay }`: what went wrong, the answer to `Usage` with a `key` and a `name` for each group, and the
 * days as `rows` of `{ day, total, values }` beside the `series` that the values are of, each `{ name, place }` with its
 * place among the colours. Both are null where there is no answer.
 * Throws an Error for people when the view has no days, or the server cannot be reached.
 */
export async function loadUsage(document, view, signal) {
  const range = daysOf(view);
  const calls = { ...between(range), ...(view.only ? { [view.only.dimension]: { eq: view.only.key } } : {}) };
  const sums = await ask("Usage", {
    by: [view.by.toUpperCase()],
    calls,
    month: between(monthOf()),
    generations: { ...calls, project: undefined },
    projects: view.only?.dimension === "project" ? [view.only.key] : null,
  });
  if (!sums.data) return { problems: sums.problems, sums: null, byDay: null };
  const named = nameGroups(sums.data, view.by);
  const series = largest(named.groups, view.measure);
  const byDay = await ask("UsageByDay", {
    by: ["DAY", view.by.toUpperCase()],
    calls,
    shown: { and: [calls, { [view.by]: { in: series.map(({ key }) => key) } }] },
  });
  return {
    problems: [...sums.problems, ...byDay.problems],
    sums: named,
    byDay: byDay.data && tableOfDays(byDay.data, range, view, series),
  };

  async function ask(operationName, variables) {
    const answer = await send({ query: document, operationName, variables }, {}, signal).catch(() => {
      throw new Error("The server cannot be reached.");
    });
    return { data: answer.data, problems: problemsIn(answer) };
  }
}

/** What a group came to in a measure. */
export function amountOf(sums, measure) {
  if (measure === "tokens") return Number(sums.tokensIn) + Number(sums.tokensOut);
  return Number(sums[measure]);
}

const between = ({ first, end }) => ({ createdAt: { gte: `${first}T00:00:00Z`, lt: `${end}T00:00:00Z` } });

function nameGroups(data, by) {
  const named = (groups, dimension) => {
    const nameOf = namesAmong(groups, dimension);
    return groups.map((group) => ({ ...group, key: keyOf(group, dimension), name: nameOf(group) }));
  };
  return {
    ...data,
    all: data.all[0],
    month: data.month[0],
    groups: named(data.groups, by),
    prompts: named(data.prompts, "prompt"),
    models: named(data.models, "model"),
  };
}

/** What a filter finds a group by; null for those that nothing finds: of deleted projects, and of no prompt. */
function keyOf({ project, prompt, model }, dimension) {
  return { project: project?.id, prompt: prompt?.id, model }[dimension] ?? null;
}

/** Projects of the same name are told apart by their clients. */
function namesAmong(groups, dimension) {
  const names = groups.map((group) => nameOf(group, dimension));
  const isThereTwice = new Set(names.filter((name, index) => names.indexOf(name) !== index));
  return (group) => {
    const name = nameOf(group, dimension);
    const client = dimension === "project" && group.project?.client.name;
    return client && isThereTwice.has(name) ? `${name} (${client})` : name;
  };
}

function nameOf({ project, projectName, prompt, model }, dimension) {
  if (dimension === "model") return model;
  if (dimension === "prompt") return prompt?.name ?? "Without a prompt";
  if (projectName == null) return "Without a project";
  return project ? projectName : `${projectName} (deleted)`;
}

function largest(groups, measure) {
  const found = groups.filter(({ key }) => key !== null);
  return found.sort((one, other) => amountOf(other, measure) - amountOf(one, measure)).slice(0, SERIES_LIMIT);
}

/** The days without calls, too. What is not of a series is one more: the rest. */
function tableOfDays({ days, groups }, range, { by, measure }, series) {
  const totals = new Map(days.map((sums) => [sums.day, amountOf(sums, measure)]));
  const values = new Map(groups.map((group) => [`${group.day} ${keyOf(group, by)}`, amountOf(group, measure)]));
  const rows = eachDay(range).map((day) => {
    const total = totals.get(day) ?? 0;
    const shown = series.map(({ key }) => values.get(`${day} ${key}`) ?? 0);
    const rest = total - shown.reduce((sum, value) => sum + value, 0);
    // What is left by rounding is nothing.
    return { day, total, values: [...shown, rest > total * 1e-9 ? rest : 0] };
  });
  const all = [...series.map(({ name }, place) => ({ name, place })), { name: "Others", place: SERIES_LIMIT }];
  const isThere = all.map((_, index) => rows.some((row) => row.values[index] > 0));
  return {
    series: all.filter((_, index) => isThere[index]),
    rows: rows.map((row) => ({ ...row, values: row.values.filter((_, index) => isThere[index]) })),
  };
}
