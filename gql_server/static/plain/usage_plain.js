/** The usage page without a chart, for a server whose pages were not built. */

import { startUsage } from "./usage.js";

startUsage(await (await fetch(new URL("usage.graphql", import.meta.url))).text());
