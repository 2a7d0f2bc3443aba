/** What the usage page shows: which calls, summed by what. It is kept in the page's address, so that a link shows the same. */

export const DIMENSIONS = { project: "Project", model: "Model", prompt: "Prompt" };
export const MEASURES = { cost: "Cost", tokens: "Tokens", calls: "Calls" };
export const PERIODS = {
  7: "Last 7 days",
  30: "Last 30 days",
  90: "Last 90 days",
  month: "This month",
  "last-month": "Last month",
  between: "Between two days",
};

const DAY_LIMIT = 366;

/** `only` has the dimension and the key of the one thing whose calls are shown, or is null. */
export function viewIn(search) {
  const given = new URLSearchParams(search);
  const among = (name, known, otherwise) => (Object.hasOwn(known, given.get(name)) ? given.get(name) : otherwise);
  const only = Object.keys(DIMENSIONS).find((dimension) => given.get(dimension));
  return {
    period: among("period", PERIODS, "30"),
    from: dayIn(given.get("from")),
    to: dayIn(given.get("to")),
    by: among("by", DIMENSIONS, "project"),
    measure: among("measure", MEASURES, "cost"),
    only: only ? { dimension: only, key: given.get(only) } : null,
  };
}

export function searchOf({ period, from, to, by, measure, only }) {
  const days = period === "between" ? { from, to } : {};
  const one = only ? { [only.dimension]: only.key } : {};
  return `?${new URLSearchParams({ period, ...days, by, measure, ...one })}`;
}

/** The first day of the view, and the one after its last, in UTC. Throws an Error that says what is wrong with them. */
export function daysOf({ period, from, to }, now = new Date()) {
  const month = (offset) => new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth() + offset));
  const tomorrow = after(now, 1);
  switch (period) {
    case "month":
      return { first: dayOf(month(0)), end: tomorrow };
    case "last-month":
      return { first: dayOf(month(-1)), end: dayOf(month(0)) };
    case "between":
      if (!from || !to) throw new Error("Choose the first and the last day.");
      if (from > to) throw new Error("The first day is after the last.");
      if (to > after(new Date(from), DAY_LIMIT - 1)) throw new Error(`At most ${DAY_LIMIT} days are shown at a time.`);
      return { first: from, end: after(new Date(to), 1) };
    default:
      return { first: after(now, 1 - Number(period)), end: tomorrow };
  }
}

/** Each day from `first` until before `end`. */
export function eachDay({ first, end }) {
  const days = [];
  for (let day = first; day < end; day = after(new Date(day), 1)) days.push(day);
  return days;
}

/** The last day before `end`. */
export const lastOf = ({ end }) => after(new Date(end), -1);

// Some browsers take the 30th of February for a day in March.
function dayIn(text) {
  const date = new Date(`${text}T00:00:00Z`);
  return !Number.isNaN(date.getTime()) && dayOf(date) === text ? text : "";
}

const dayOf = (date) => date.toISOString().slice(0, 10);
const after = (date, days) => dayOf(new Date(date.getTime() + days * 86_400_000));
