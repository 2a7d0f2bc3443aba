/** The operations that the pages open with. */

/** Each operation of `examples.graphql` by itself: `{ name, query }`. */
export function examplesIn(text) {
  return text.split(/\n\n(?=#)/).map((query) => ({
    name: query.match(/^(?:query|mutation|subscription) (\w+)/m)[1],
    query: query.trim() + "\n",
  }));
}
