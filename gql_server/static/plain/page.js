/** What the server says about itself in the page that it serves. */

const written = document.querySelector('meta[name="gql-server"]').content;

/**
 * `anonymous`: no key is needed. `introspection`: the schema may be asked for. `trustedOnly`: only the documents that the
 * server was given may run. `trusted`: it was given some. `persisted`: Apollo's persisted queries are taken. `graphiql`,
 * `usage`: which pages there are.
 */
export const server = {
  anonymous: false,
  introspection: false,
  trustedOnly: false,
  trusted: false,
  persisted: false,
  graphiql: false,
  usage: false,
  ...(written ? JSON.parse(written) : {}),
};

/** The pages lie beside the address of the API, whatever a proxy has put before it. */
export const endpoint = new URL(document.documentElement.dataset.endpoint, location.href).href;
