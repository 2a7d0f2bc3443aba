/** The field for the key in the top bar, and whose key it is. */

import { currentKey, onKey, setKey } from "./key.js";
import { send } from "./send.js";
import { server } from "./page.js";

const WHO = "query WhoAmI { viewer { kind client { name } } }";

const form = document.querySelector("#key-form");
const field = form.elements.key;
const remember = form.elements.remember;
const state = form.querySelector("output");

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
show();
void tell();
