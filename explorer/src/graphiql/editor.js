/** The editor, and where it finds its workers: built along, so that a strict content security policy lets them in. */

import EditorWorker from "monaco-editor/esm/vs/editor/editor.worker.js?worker";
import JsonWorker from "monaco-editor/esm/vs/language/json/json.worker.js?worker";
import GraphQLWorker from "monaco-graphql/esm/graphql.worker.js?worker";
import { defineThemes } from "./theme.js";

const WORKERS = { json: JsonWorker, graphql: GraphQLWorker };

globalThis.MonacoEnvironment = {
  getWorker: (_, label) => new (WORKERS[label] ?? EditorWorker)(),
};

// GraphiQL asks for the editor when it has rendered; asked for here, it arrives at the same time as GraphiQL does.
void import("monaco-graphql/esm/monaco-editor.js").then(defineThemes);
void import("monaco-graphql/esm/lite.js");
