/** The chart of the usage page: a bar for each day, made of a part for each series. */

import { plot, rectY, ruleY } from "@observablehq/plot";
import { element } from "../../../gql_server/static/plain/elements.js";
import { inMeasure } from "../../../gql_server/static/plain/usage_format.js";
import { SERIES_LIMIT } from "../../../gql_server/static/plain/usage_data.js";
import { chartTitle } from "../../../gql_server/static/plain/usage_tables.js";

const NARROW = 480;

/** Draws into `figure`, as wide as that is. */
export function drawChart(figure, { series, rows }, view) {
  const show = inMeasure(view.measure);
  const parts = rows.flatMap(({ day, values }) =>
    values.map((value, index) => ({ day: new Date(day), series: series[index], value, title: `${day}\n${series[index]}: ${show(value)}` })),
  );
  const place = element("div");
  const draw = (width) => {
    const svg = plot({
      width,
      height: width < NARROW ? 220 : 300,
      marginLeft: 64,
      style: { fontSize: "12px" },
      x: { type: "utc", label: null, ticks: Math.max(2, Math.floor(width / 100)) },
      y: { label: null, grid: true, tickFormat: show, ticks: 5 },
      color: { domain: series, range: coloursOf(series) },
      marks: [
        rectY(parts, { x: "day", y: "value", interval: "day", fill: "series", order: series, title: "title", tip: true, inset: 0.5 }),
        ruleY([0]),
      ],
    });
    // It is the library's own, which the page's policy would refuse; usage.css says what it says.
    svg.querySelector("style").remove();
    svg.setAttribute("role", "img");
    svg.setAttribute("aria-label", `${chartTitle(view)}; below as a table`);
    place.replaceChildren(svg);
  };
  figure.append(legend(series), place);
  new ResizeObserver(([{ contentRect }]) => draw(contentRect.width)).observe(place);
}

function legend(series) {
  const colours = coloursOf(series);
  return element(
    "ul",
    { class: "legend" },
    series.map((name, index) => element("li", {}, swatch(colours[index]), name)),
  );
}

// A style attribute is nothing that the page's policy lets in, and a style that a script sets is.
function swatch(colour) {
  const made = element("span", { class: "swatch" });
  made.style.background = colour;
  return made;
}

/** What is none of the series is grey, however many there are. */
const coloursOf = (series) => series.map((name, index) => `var(--series-${name === "Others" ? SERIES_LIMIT : index})`);
