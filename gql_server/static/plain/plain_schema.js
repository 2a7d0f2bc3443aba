/** The schema as a list of types that can be searched; a click writes a name into the operation. */

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

function say(sentence) {
  const said = document.createElement("p");
  said.textContent = sentence;
  list.replaceChildren(said);
}

function partOf(type) {
  const part = document.createElement("details");
  const summary = document.createElement("summary");
  const members = document.createElement("ul");
  summary.textContent = type.name;
  summary.title = type.description ?? "";
  const found = type.fields ?? type.inputFields ?? type.enumValues ?? [];
  members.append(...found.map(memberOf));
  part.dataset.text = [type, ...found].map(({ name }) => name.toLowerCase()).join(" ");
  part.open = isRoot(type);
  part.append(summary, members);
  return part;
}

function memberOf({ name, description, type, args }) {
  const member = document.createElement("li");
  const button = document.createElement("button");
  button.type = "button";
  button.textContent = name;
  button.addEventListener("click", () => write(name));
  const given = args?.length ? `(${args.map((arg) => `${arg.name}: ${nameOf(arg.type)}`).join(", ")})` : "";
  member.title = description ?? "";
  member.append(button, given + (type ? `: ${nameOf(type)}` : ""));
  return member;
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
