/** The key that requests are sent with: in memory, and in the tab's session where that is asked for. Nowhere else. */

const NAME = "gql-server:key";
const HANDED_OVER = "gql-server:key-handed-over";
const LOOPBACK = /^(localhost|127(\.\d+){3}|\[::1\])$/;

const listeners = new Set();
const handedOver = fromPageBefore();
let kept = fromAddress() ?? handedOver ?? fromSession();

// Such a link may be followed on the page itself, too.
addEventListener("hashchange", () => {
  const given = fromAddress();
  if (given) setKey(given.value, given.remembered);
});

/** `{ value, remembered }`: another object after each change. */
export const currentKey = () => kept;

export function setKey(value, remembered) {
  const trimmed = value.trim();
  if (trimmed === kept.value && remembered === kept.remembered) return;
  kept = { value: trimmed, remembered };
  if (remembered && trimmed) sessionStorage.setItem(NAME, trimmed);
  else sessionStorage.removeItem(NAME);
  for (const listener of listeners) listener();
}

/** Calls `listener` after each change, until the answer is called. */
export function onKey(listener) {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** `headers` with the key, unless they bring one of their own. */
export function withKey(headers = {}) {
  const own = Object.keys(headers).some((name) => name.toLowerCase() === "authorization");
  return own || !kept.value ? headers : { ...headers, authorization: `Bearer ${kept.value}` };
}

/** Lets a key that is in memory alone reach the page of ours that a click on a link goes to in this tab. */
export function handOverKey({ button, ctrlKey, metaKey, shiftKey, altKey }) {
  const staysInTab = button === 0 && !(ctrlKey || metaKey || shiftKey || altKey);
  if (staysInTab && kept.value && !kept.remembered) sessionStorage.setItem(HANDED_OVER, kept.value);
}

function fromPageBefore() {
  const value = sessionStorage.getItem(HANDED_OVER);
  sessionStorage.removeItem(HANDED_OVER);
  return value === null ? null : { value, remembered: false };
}

function fromSession() {
  const value = sessionStorage.getItem(NAME);
  return { value: value ?? "", remembered: value !== null };
}

// `make dev` links to the page with a key behind the #. On any other machine a link could make people work under the key
// of whoever made the link.
function fromAddress() {
  const given = new URLSearchParams(location.hash.slice(1)).get("key");
  if (given === null) return null;
  history.replaceState(null, "", location.pathname + location.search);
  return LOOPBACK.test(location.hostname) ? { value: given, remembered: false } : null;
}
