/** What GraphiQL sends its operations through. */

import { getOperationAST, parse } from "graphql";
import { send, subscribe } from "../../../gql_server/static/plain/send.js";

/** `admitted` is called when the server has taken a request, with whichever key it came. */
export const fetcherOf =
  (admitted) =>
  (operation, { headers } = {}) => {
    const named = withItsName(operation);
    // By server-sent events, so that the Headers tab holds for subscriptions, too.
    if (isSubscription(named)) return subscribe(named, headers);
    return send(named, headers).then((answer) => {
      if (answer.errors?.[0].extensions?.code !== "UNAUTHENTICATED") admitted();
      return answer;
    });
  };

// What GraphiQL knows of the document lags behind the editor; after a change of tabs, its name is another document's.
function withItsName({ query, variables, operationName }) {
  const names = definitionsOf(query).map(({ name }) => name?.value);
  return { query, variables, operationName: names.includes(operationName) ? operationName : undefined };
}

function isSubscription({ query, operationName }) {
  return definitionsOf(query).length > 0 && getOperationAST(parse(query), operationName)?.operation === "subscription";
}

function definitionsOf(query) {
  try {
    return parse(query).definitions.filter(({ kind }) => kind === "OperationDefinition");
  } catch {
    return [];
  }
}
