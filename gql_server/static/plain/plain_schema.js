/** The schema as a list of types that can be searched; a click writes a name into the operation. */

import { element } from "./elements.js";
import { currentKey } from "./key.js";
import { server } from "./page.js";
import { send } from "./send.js";

const TYPE = "kind name ofType { kind name ofType { kind name ofType { kind name } } }";
const SCHEMA = `{
  __schema {
    types {
      kind name description
      fields(includeDeprecated: true) { name description type { ${TYPE} } args { name type { ${TYPE} } } }
      inputFields { name description type { ${TYPE} } }
      enumValues { name description }
    }
  }
}`;

const ROOTS = ["Query", "Mutation", "Subscription"];

const list = document.getElementById("schema");

export async function showSchema() {
  if (!server.introspection || server.trustedOnly) return say("This server does not show its schema.");
  if (!server.anonymous && !currentKey().value) return say("With a key, the schema is shown here.");
  const { data, errors } = await send({ query: SCHEMA });
  if (!data) return say(errors[0].message);
  const types = data.__schema.types.filter(({ name, kind }) => !name.startsWith("__") && kind !== "SCALAR");
  list.replaceChildren(...types.sort(inOrder).map(partOf));
  findInSchema(document.getElementById("find").value);
}

const isRoot = ({ name }) => ROOTS.includes(name);
const inOrder = (one, other) => isRoot(other) - isRoot(one) || one.name.localeCompare(other.name);

export function findInSchema(text) {
  for (const part of list.children) part.hidden = !(part.dataset.text ?? "").includes(text.toLowerCase());
}

const say = (sentence) => list.replaceChildren(element("p", {}, sentence));

function partOf(type) {
  const found = type.fields ?? type.inputFields ?? type.enumValues ?? [];
  const text = [type, ...found].map(({ name }) => name.toLowerCase()).join(" ");
  return element(
    "details",
    { "data-text": text, open: isRoot(type) },
    element("summary", { title: type.description }, type.name),
    element("ul", {}, found.map(memberOf)),
  );
}

function memberOf({ name, description, type, args }) {
  const given = args?.length ? `(${args.map((arg) => `${arg.name}: ${nameOf(arg.type)}`).join(", ")})` : "";
  const button = element("button", { type: "button", click: () => write(name) }, name);
  return element("li", { title: description }, button, given + (type ? `: ${nameOf(type)}` : ""));
}

function write(name) {
  const query = document.getElementById("query");
  query.setRangeText(name, query.selectionStart, query.selectionEnd, "end");
  query.dispatchEvent(new Event("input"));
  query.focus();
}

function nameOf({ kind, name, ofType }) {
  if (kind === "NON_NULL") return `${nameOf(ofType)}!`;
  return kind === "LIST" ? `[${nameOf(ofType)}]` : name;
}
