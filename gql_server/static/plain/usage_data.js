/** Asks the API for what the usage page shows. */

import { problemsIn } from "./outcome.js";
import { send } from "./send.js";
import { daysOf, eachDay } from "./usage_view.js";

/** How many groups have a colour of their own; what all others came to is one more. */
export const SERIES_LIMIT = 8;

/** The columns of the days that are of no group. */
export const TITLES = { day: "Day", all: "All", rest: "Others" };

// More than costs have; what adding up floats leaves is smaller.
const DECIMALS = 12;

/**
 * `{ problems, sums, byDay }`: what went wrong, the answer to `Usage` with a `key` and a `name` for each group and
 * `onlyName` for the one whose calls alone are shown, and the days as `rows` of `{ day, total, values }` beside the
 * `series` that the values are of, each `{ name, place }` with its place among the colours. Both are null where there is
 * no answer.
 * Throws an Error for people when the view has no days, or the server cannot be reached.
 */
export async function loadUsage(document, view, signal) {
  const range = daysOf(view);
  const calls = { ...between(range), ...(view.only ? { [view.only.dimension]: { eq: view.only.key } } : {}) };
  const sums = await ask("Usage", {
    // The name of the one thing whose calls are shown comes with its sums: one in the address could be anything.
    by: [...new Set([view.by, view.only?.dimension ?? view.by])].map((dimension) => dimension.toUpperCase()),
    calls,
    month: between(daysOf({ period: "month" })),
    generations: { ...calls, project: undefined },
    projects: view.only?.dimension === "project" ? [view.only.key] : null,
  });
  if (!sums.data) return { problems: sums.problems, sums: null, byDay: null };
  const named = nameGroups(sums.data, view);
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
function amountOf(sums, measure) {
  if (measure === "tokens") return Number(sums.tokensIn) + Number(sums.tokensOut);
  return Number(sums[measure]);
}

const between = ({ first, end }) => ({ createdAt: { gte: `${first}T00:00:00Z`, lt: `${end}T00:00:00Z` } });

function nameGroups(data, { by, only }) {
  const named = (groups, dimension) => {
    const names = namesAmong(groups, dimension);
    return groups.map((group, index) => ({ ...group, key: keyOf(group, dimension), name: names[index] }));
  };
  return {
    ...data,
    all: data.all[0],
    month: data.month[0],
    onlyName: only && data.groups.length ? nameOf(data.groups[0], only.dimension) : undefined,
    groups: named(data.groups, by),
    prompts: named(data.prompts, "prompt"),
    models: named(data.models, "model"),
    monthByProject: named(data.monthByProject, "project"),
  };
}

/** What a filter finds a group by; null for those that nothing finds: of deleted projects, and of no prompt. */
function keyOf({ project, prompt, model }, dimension) {
  return { project: project?.id, prompt: prompt?.id, model }[dimension] ?? null;
}

/** What has the same name is told apart: projects by their clients, and what is the same still by its key. */
function namesAmong(groups, dimension) {
  const clientOf = ({ project }) => (dimension === "project" ? project?.client.name : null);
  const names = groups.map((group) => nameOf(group, dimension));
  return toldApart(
    toldApart(names, groups.map(clientOf)),
    groups.map((group) => keyOf(group, dimension)),
  );
}

/** `names`, each with its one of `more` behind it where it is not the only one. */
function toldApart(names, more) {
  const count = new Map(Object.values(TITLES).map((title) => [title, 1]));
  for (const name of names) count.set(name, (count.get(name) ?? 0) + 1);
  return names.map((name, index) => (more[index] && count.get(name) > 1 ? `${name} (${more[index]})` : name));
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
    return { day, total, values: [...shown, Math.max(0, Number(rest.toFixed(DECIMALS)))] };
  });
  const all = [...series.map(({ name }, place) => ({ name, place })), { name: TITLES.rest, place: SERIES_LIMIT }];
  const isThere = all.map((_, index) => rows.some((row) => row.values[index] > 0));
  return {
    series: all.filter((_, index) => isThere[index]),
    rows: rows.map((row) => ({ ...row, values: row.values.filter((_, index) => isThere[index]) })),
  };
}
