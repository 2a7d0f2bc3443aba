/** The bar at the top of each page: the ways to the other pages, the field for the key, and whose key it is. */

import { element } from "./elements.js";
import { currentKey, handOverKey, onKey, setKey } from "./key.js";
import { server } from "./page.js";
import { send } from "./send.js";

const WHO = "query WhoAmI { viewer { kind client { name } } }";
const PAGES = [
  { name: "GraphiQL", path: "./graphql", isThere: server.graphiql },
  { name: "Usage", path: "./usage", isThere: server.usage },
];

// No password field: browsers would offer to keep what is in it.
const secret = { class: "secret", type: "text", autocomplete: "off", autocapitalize: "off", spellcheck: "false" };
const field = element("input", { id: "key", name: "key", ...secret });
const remember = element("input", { name: "remember", type: "checkbox", autocomplete: "off" });
const state = element("output");
const form = element(
  "form",
  { id: "key-form", class: "key", autocomplete: "off" },
  element("label", { for: "key" }, "Key"),
  field,
  element("label", {}, remember, " Remember in this tab"),
  state,
);

function ways() {
  const there = PAGES.filter(({ isThere }) => isThere);
  return there.length > 1 && element("nav", { "aria-label": "Pages" }, there.map(wayTo));
}

function wayTo({ name, path }) {
  const { href } = new URL(path, location.href);
  const isHere = href === new URL(location.pathname, location.href).href;
  return element("a", { href, "aria-current": isHere && "page", click: handOverKey }, name);
}

function take() {
  setKey(field.value, remember.checked);
}

function show() {
  const { value, remembered } = currentKey();
  field.value = value;
  remember.checked = remembered;
}

async function tell() {
  const asked = currentKey();
  state.className = "";
  state.textContent = asked.value ? "" : server.anonymous ? "No key needed" : "Requests need a key";
  if (!asked.value || server.trustedOnly) return;
  const { text, refused } = await whose();
  if (asked !== currentKey()) return;
  state.textContent = text;
  state.className = refused ? "refused" : "";
}

async function whose() {
  try {
    const { data, errors } = await send({ query: WHO });
    if (errors?.[0].extensions?.code === "UNAUTHENTICATED") return { text: "This key is not accepted", refused: true };
    if (!data?.viewer) return { text: errors?.[0].message ?? "", refused: true };
    return { text: data.viewer.client?.name ?? "Administrator", refused: false };
  } catch {
    return { text: "The server cannot be reached", refused: true };
  }
}

form.addEventListener("submit", (event) => {
  event.preventDefault();
  take();
});
field.addEventListener("change", take);
remember.addEventListener("change", take);
onKey(() => {
  show();
  void tell();
});
document.querySelector(".bar").append(...[element("h1", {}, "gql_server"), form, ways()].filter(Boolean));
show();
void tell();
