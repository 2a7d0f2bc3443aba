/** Above the answer: its errors by their codes, and a generation to watch. */

import { element } from "./elements.js";
import { generationIn, problemsIn, watching } from "./outcome.js";

/** `run` is called with the document to run. */
export function showOutcome(answer, run) {
  const problems = problemsIn(answer);
  const generation = generationIn(answer);
  document
    .getElementById("outcome")
    .replaceChildren(
      ...(problems.length ? [element("ul", {}, problems.map(itemOf))] : []),
      ...(generation ? [buttonTo(() => run(watching(generation)))] : []),
    );
}

function itemOf({ code, message, path, explanation }) {
  return element(
    "li",
    {},
    element("strong", {}, code),
    path && element("code", {}, path),
    element("span", {}, message),
    explanation && element("em", {}, explanation),
  );
}

const buttonTo = (watch) => element("button", { type: "button", click: watch }, "Watch this generation");
