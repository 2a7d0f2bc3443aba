/** The key that requests are sent with: in memory, and in the tab's session where that is asked for. Nowhere else. */

const NAME = "gql-server:key";
const LOOPBACK = /^(localhost|127(\.\d+){3}|\[::1\])$/;

const listeners = new Set();
let kept = fromAddress() ?? { value: sessionStorage.getItem(NAME) ?? "", remembered: sessionStorage.getItem(NAME) !== null };

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

// `make dev` links to the page with a key behind the #. On any other machine a link could make people work under the key
// of whoever made the link.
function fromAddress() {
  const given = new URLSearchParams(location.hash.slice(1)).get("key");
  if (given === null) return null;
  history.replaceState(null, "", location.pathname + location.search);
  return LOOPBACK.test(location.hostname) ? { value: given, remembered: false } : null;
}
