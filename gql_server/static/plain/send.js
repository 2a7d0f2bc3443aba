/** Operations over HTTP: one answer, or a stream of them by server-sent events. */

import { endpoint } from "./page.js";
import { withKey } from "./key.js";

const STREAM = "text/event-stream";

/** The answer to one operation, also when it is a refusal; `signal` ends it. */
export async function send(operation, headers, signal) {
  return answerOf(await post(operation, headers, "application/json", signal));
}

/** The answers to a subscription, until it ends or whoever iterates stops. */
export function subscribe(operation, headers) {
  const stop = new AbortController();
  const answers = answersOf(operation, headers, stop.signal);
  const iterator = {
    next: () => answers.next(),
    // A generator that waits for the network would not hear of it otherwise.
    return: (value) => (stop.abort(), answers.return(value)),
    [Symbol.asyncIterator]: () => iterator,
  };
  return iterator;
}

async function* answersOf(operation, headers, signal) {
  try {
    const response = await post(operation, headers, STREAM, signal);
    if (!response.headers.get("content-type")?.startsWith(STREAM)) {
      yield await answerOf(response);
      return;
    }
    for await (const { event, data } of eventsOf(response.body)) {
      if (event === "complete") return;
      if (event === "next") yield JSON.parse(data);
    }
    throw new Error("The connection ended before the subscription did.");
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}

function post(operation, headers, accept, signal) {
  return fetch(endpoint, {
    method: "POST",
    headers: { ...withKey(headers), "content-type": "application/json", accept },
    body: JSON.stringify(operation),
    credentials: "same-origin",
    cache: "no-store",
    signal,
  });
}

async function answerOf(response) {
  const text = await response.text();
  try {
    return JSON.parse(text);
  } catch {
    return {
      errors: [{ message: `What answers here is no GraphQL server: ${response.status} ${text.slice(0, 200)}` }],
    };
  }
}

/** The events of a stream, after the HTML standard as far as GraphQL over SSE uses it. */
async function* eventsOf(body) {
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  for (;;) {
    const { value, done } = await reader.read();
    if (done) return;
    const blocks = (rest + value).split(/\r?\n\r?\n/);
    rest = blocks.pop();
    for (const block of blocks) yield eventOf(block);
  }
}

function eventOf(block) {
  const values = (name) =>
    block
      .split(/\r?\n/)
      .filter((line) => line.startsWith(`${name}:`))
      .map((line) => line.slice(name.length + 1).replace(/^ /, ""));
  return { event: values("event").at(-1), data: values("data").join("\n") };
}
