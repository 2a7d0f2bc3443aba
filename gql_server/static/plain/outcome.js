/** What is worth a sentence in an answer: its errors, what a caller can put right, and a generation to watch. */

import { EXPLANATIONS } from "./explanations.js";

/** `{ code, message, path, explanation }` of each error of GraphQL, then of each user error. */
export function problemsIn(answer) {
  const errors = (answer?.errors ?? []).map(({ message, path, extensions }) => ({
    code: extensions?.code ?? "ERROR",
    message,
    path: path?.join("."),
    explanation: EXPLANATIONS[extensions?.code],
  }));
  const userErrors = fieldsOf(answer)
    .flatMap((payload) => payload?.userErrors ?? [])
    .map(({ code, message, path }) => ({ code: code ?? "USER_ERROR", message, path: path?.join(".") }));
  return [...errors, ...userErrors];
}

/** The id of the generation that a mutation has begun. */
export function generationIn(answer) {
  return fieldsOf(answer)
    .map((payload) => payload?.generation?.id)
    .find((id) => typeof id === "string" && id.startsWith("gen_"));
}

/** A subscription that tells all that happens to a generation. */
export const watching = (id) => `subscription WatchGeneration {
  generation(id: "${id}") {
    sequence
    kind
    partial
    generation { status content { title body } }
  }
}
`;

const fieldsOf = (answer) => Object.values(answer?.data ?? {});
