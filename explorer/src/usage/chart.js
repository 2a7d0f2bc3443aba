/** The chart of the usage page: a bar for each day, made of a part for each series. */

import { plot, rectY, ruleY } from "@observablehq/plot";
import { element } from "../../../gql_server/static/plain/elements.js";
import { inMeasure, inMeasureShort } from "../../../gql_server/static/plain/usage_format.js";
import { chartTitle } from "../../../gql_server/static/plain/usage_tables.js";

const NARROW = 480;
const MARGINS = 100;

/** Draws into `figure`, as wide as that is. */
export function drawChart(figure, { series, rows }, view) {
  const show = inMeasure(view.measure);
  const places = series.map(({ place }) => place);
  const parts = rows.flatMap(({ day, values }) =>
    series.map(({ name, place }, index) => ({
      day: new Date(day),
      place,
      value: values[index],
      // No name turns around what follows it.
      title: `${day}\n\u2068${name}\u2069: ${show(values[index])}`,
    })),
  );
  const place = element("div", { role: "img", "aria-label": `${chartTitle(view)}; below as a table` });
  const draw = (width) => {
    const ticks = Math.max(2, Math.floor(width / 100));
    const svg = plot({
      width,
      height: width < NARROW ? 220 : 300,
      marginLeft: 64,
      style: { fontSize: "12px" },
      x: { type: "utc", label: null, ticks: rows.length > ticks ? ticks : "day" },
      y: { label: null, grid: true, tickFormat: inMeasureShort(view.measure), ticks: 5 },
      color: { type: "ordinal", domain: places, range: places.map(colourOf) },
      marks: [
        rectY(parts, {
          x: "day",
          y: "value",
          interval: "day",
          fill: "place",
          order: places,
          title: "title",
          tip: true,
          inset: 0.5,
        }),
        ruleY([0]),
      ],
    });
    // It is the library's own, which the page's policy would refuse; usage.css says what it says.
    svg.querySelector("style").remove();
    // Its parts have names of their own that say nothing.
    svg.setAttribute("aria-hidden", "true");
    place.replaceChildren(svg);
  };
  figure.append(legend(series), place);
  const observer = new ResizeObserver(([{ contentRect }]) => {
    if (!place.isConnected) observer.disconnect();
    else if (contentRect.width > MARGINS) draw(contentRect.width);
  });
  observer.observe(place);
}

function legend(series) {
  return element(
    "ul",
    { class: "legend" },
    series.map(({ name, place }) => element("li", {}, swatch(colourOf(place)), element("bdi", {}, name))),
  );
}

// A style attribute is nothing that the page's policy lets in, and a style that a script sets is.
function swatch(colour) {
  const made = element("span", { class: "swatch" });
  made.style.background = colour;
  return made;
}

const colourOf = (place) => `var(--series-${place})`;
