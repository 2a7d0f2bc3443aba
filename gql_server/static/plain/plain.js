/** The page for a server whose GraphiQL was not built: it reads, changes, generates and subscribes all the same. */

import "./bar.js";
import { documentId, documentRule } from "./document_id.js";
import { examplesIn } from "./examples.js";
import { onKey } from "./key.js";
import { showOutcome } from "./plain_outcome.js";
import { findInSchema, showSchema } from "./plain_schema.js";
import { send, subscribe } from "./send.js";

const byId = (id) => document.getElementById(id);
const SUBSCRIPTION = /^\s*subscription\b/m;

let running;

async function run() {
  running?.return();
  const operation = { query: byId("query").value };
  let headers;
  try {
    operation.variables = valueOf("variables");
    headers = valueOf("headers");
  } catch (error) {
    show({ errors: [{ message: error.message }] });
    return;
  }
  show(null);
  try {
    if (SUBSCRIPTION.test(operation.query)) await follow(operation, headers);
    else show(await send(operation, headers));
  } catch (error) {
    show({ errors: [{ message: error.message }] });
  }
}

async function follow(operation, headers) {
  const answers = subscribe(operation, headers);
  running = answers;
  byId("stop").hidden = false;
  try {
    for await (const answer of answers) show(answer);
  } finally {
    if (running === answers) byId("stop").hidden = true;
  }
}

function show(answer) {
  byId("answer").textContent = answer === null ? "…" : JSON.stringify(answer, null, 2);
  showOutcome(answer, (query) => {
    write(query);
    void run();
  });
}

function valueOf(id) {
  const text = byId(id).value.trim();
  try {
    return text ? JSON.parse(text) : {};
  } catch (error) {
    throw new Error(`The ${id} are no JSON: ${error.message}`);
  }
}

async function write(query) {
  byId("query").value = query;
  await tellId();
}

async function tellId() {
  byId("document-id").textContent = await documentId(byId("query").value);
}

async function offerExamples() {
  const examples = examplesIn(await (await fetch(new URL("examples.graphql", import.meta.url))).text());
  byId("example").replaceChildren(...examples.map(({ name }) => new Option(name)));
  byId("example").addEventListener("change", ({ target }) => write(examples[target.selectedIndex].query));
  await write(examples[0].query);
}

byId("run").addEventListener("click", run);
byId("stop").addEventListener("click", () => running?.return());
byId("query").addEventListener("input", tellId);
byId("find").addEventListener("input", ({ target }) => findInSchema(target.value));
document.addEventListener("keydown", (event) => {
  if ((event.ctrlKey || event.metaKey) && event.key === "Enter") {
    event.preventDefault();
    void run();
  }
});
byId("document-rule").textContent = documentRule();
onKey(showSchema);
void showSchema();
void offerExamples();
