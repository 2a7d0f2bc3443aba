// Runs the audits of graphql-http against the URL with the Authorization given; exits with 1 unless all are met, warnings included.
import { serverAudits } from "graphql-http";

const [url, authorization] = process.argv.slice(2);

const fetchFn = (url, init) => fetch(url, { ...init, headers: { ...init?.headers, authorization } });

const results = await Promise.all(serverAudits({ url, fetchFn }).map((audit) => audit.fn()));
for (const { id, name, status, reason } of results) {
  if (status !== "ok") console.log(`${status.padEnd(6)} ${id} ${name}: ${reason}`);
}
const met = results.filter(({ status }) => status === "ok").length;
console.log(`${met} of ${results.length} audits are met.`);
process.exit(met === results.length ? 0 : 1);
