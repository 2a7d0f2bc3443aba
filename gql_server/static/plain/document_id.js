/** A document by its hash, which persisted queries and trusted documents are known by. */

import { server } from "./page.js";

/** `sha256:…`, or null where the browser has no cryptography: on plain http of another machine. */
export async function documentId(text) {
  if (!crypto.subtle) return null;
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text));
  return `sha256:${Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, "0")).join("")}`;
}

/** What this server does with such an id. */
export function documentRule() {
  if (server.trustedOnly) return "Only the documents that this server was given run here, by this id or as a text.";
  const ways = [
    server.trusted && "as documentId, when it is among the trusted documents",
    server.persisted && "as extensions.persistedQuery.sha256Hash, once it has been sent along with the text",
  ].filter(Boolean);
  if (!ways.length) return "This server takes documents as texts alone.";
  return `Clients may send the hash in place of the text: ${ways.join("; ")}.`;
}
