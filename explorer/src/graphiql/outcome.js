/** Below the answer: its errors by their codes, and a generation to watch. */

import { createElement as h, useMemo } from "react";
import { useGraphiQL, useGraphiQLActions } from "@graphiql/react";
import { generationIn, problemsIn, watching } from "../../../gql_server/static/plain/outcome.js";

export function Outcome() {
  const response = useGraphiQL(({ tabs, activeTabIndex }) => tabs[activeTabIndex]?.response);
  const answer = useMemo(() => answerIn(response), [response]);
  const problems = problemsIn(answer);
  const generation = generationIn(answer);
  return h(
    "div",
    { className: "outcome", role: "status" },
    problems.length > 0 &&
      h(
        "ul",
        { "aria-label": "Errors" },
        problems.map((problem, index) => h(Problem, { key: index, ...problem })),
      ),
    generation && h(Watch, { id: generation }),
  );
}

function Problem({ code, message, path, explanation }) {
  return h(
    "li",
    null,
    h("strong", null, code),
    path && h("code", null, path),
    h("span", null, message),
    explanation && h("em", null, explanation),
  );
}

function Watch({ id }) {
  const { addTab, run } = useGraphiQLActions();
  const queryEditor = useGraphiQL((state) => state.queryEditor);
  const watch = () => {
    addTab();
    queryEditor.setValue(watching(id));
    void run();
  };
  return h("button", { type: "button", onClick: watch }, "Watch this generation");
}

function answerIn(response) {
  try {
    return JSON.parse(response ?? "null");
  } catch {
    return null;
  }
}
