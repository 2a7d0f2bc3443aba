/** Mends what GraphiQL and its explorer leave out for those who do not see the page. */

/** Mends what is in `root`, and what comes to be there. */
export function keepAccessible(root) {
  const observer = new MutationObserver(() => mend(root));
  observer.observe(root, { subtree: true, childList: true, attributes: true, attributeFilter: ["aria-selected"] });
}

function mend(root) {
  // A tab may have no button in it, and each of these has two: they become a list of buttons.
  root.querySelector('.graphiql-tabs[role="tablist"]')?.removeAttribute("role");
  for (const tab of root.querySelectorAll(".graphiql-tab[aria-selected]")) {
    tab.querySelector(".graphiql-tab-button").setAttribute("aria-current", tab.getAttribute("aria-selected"));
    tab.removeAttribute("role");
    tab.removeAttribute("aria-selected");
  }
  for (const field of root.querySelectorAll(".graphiql-explorer-root :is(input, select):not([aria-label])")) {
    field.setAttribute("aria-label", field.closest("[data-arg-name]")?.dataset.argName ?? "Kind of operation");
  }
}
