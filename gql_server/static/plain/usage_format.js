/** How amounts are written. */

const dollars = new Intl.NumberFormat("en-US", { style: "currency", currency: "USD" });
const cents = new Intl.NumberFormat("en-US", {
  style: "currency",
  currency: "USD",
  minimumSignificantDigits: 2,
  maximumSignificantDigits: 2,
});
const shortDollars = new Intl.NumberFormat("en-US", { style: "currency", currency: "USD", notation: "compact" });
const count = new Intl.NumberFormat("en-US");
const shortCount = new Intl.NumberFormat("en-US", { notation: "compact" });
const percent = new Intl.NumberFormat("en-US", { style: "percent", maximumFractionDigits: 1 });
const seconds = new Intl.NumberFormat("en-US", { minimumFractionDigits: 2, maximumFractionDigits: 2 });

/** In cents; less than one by its first two digits; nothing where it is not known. */
export const inDollars = (value) =>
  value === null ? "" : (Number(value) > 0 && Number(value) < 0.01 ? cents : dollars).format(Number(value));
export const inNumbers = (value) => count.format(Number(value));
export const inPercent = (value) => (value === null ? "" : percent.format(value));
export const inSeconds = (value) => (value === null ? "" : seconds.format(value));
export const inMeasure = (measure) => (measure === "cost" ? inDollars : inNumbers);

/** Beside an axis, where there is no room for millions. */
export function inMeasureShort(measure) {
  const [long, short] = [inMeasure(measure), measure === "cost" ? shortDollars : shortCount];
  return (value) => (value < 10_000 ? long(value) : short.format(value));
}
