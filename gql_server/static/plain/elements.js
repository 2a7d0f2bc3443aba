/** Makes parts of a page. */

/**
 * An element with attributes and children: nodes, texts and numbers, or lists of them; what is null or false is left out.
 * An attribute that is true has no value, one that is a function listens to the event of its name.
 */
export function element(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (typeof value === "function") made.addEventListener(key, value);
    else if (value != null && value !== false) made.setAttribute(key, value === true ? "" : value);
  }
  made.append(...children.flat(Infinity).filter((child) => child != null && child !== false));
  return made;
}
