/**
 * What GraphiQL keeps from one visit to the next, without keys: its history keeps the Headers tab, even where it is told
 * not to.
 */

const HEADERS = /:(headers|shouldPersistHeaders)$/;
const OURS = /gqls_\w+/g;

export const storage = {
  get length() {
    return localStorage.length;
  },
  getItem: (name) => localStorage.getItem(name),
  setItem(name, value) {
    if (!HEADERS.test(name)) localStorage.setItem(name, withoutKeys(value));
  },
  removeItem: (name) => localStorage.removeItem(name),
  clear: () => localStorage.clear(),
};

function withoutKeys(value) {
  return withoutHeaders(value).replace(OURS, "gqls_…");
}

function withoutHeaders(value) {
  try {
    return JSON.stringify(JSON.parse(value), (name, part) => (name === "headers" ? null : part));
  } catch {
    return value;
  }
}
