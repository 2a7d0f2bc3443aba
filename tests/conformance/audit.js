// Runs the audits of graphql-http against the URL given; exits with 1 unless all are met, warnings included.
import { serverAudits } from "graphql-http";

// A GET without a header of this kind is refused: another site's page could have sent it.
const fetchFn = (url, init) => fetch(url, { ...init, headers: { ...init?.headers, "apollo-require-preflight": "1" } });

const results = await Promise.all(serverAudits({ url: process.argv[2], fetchFn }).map((audit) => audit.fn()));
for (const { id, name, status, reason } of results) {
  if (status !== "ok") console.log(`${status.padEnd(6)} ${id} ${name}: ${reason}`);
}
const met = results.filter(({ status }) => status === "ok").length;
console.log(`${met} of ${results.length} audits are met.`);
process.exit(results.some(({ status }) => status === "error" || status === "warn") ? 1 : 0);
