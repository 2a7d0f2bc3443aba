/** Builds the pages that the server serves: each HTML file here, with its parts in `assets/` under hashed names. */

import { defineConfig } from "vite";
import { compressed } from "./plugins/compressed.js";
import { licenses } from "./plugins/licenses.js";

const collected = licenses("THIRD_PARTY_LICENSES");

export default defineConfig({
  base: "./",
  plugins: [collected.pages, compressed()],
  worker: { format: "es", plugins: () => [collected.workers] },
  build: {
    outDir: process.env.GQL_SERVER_UI_OUT ?? "../gql_server/static/built",
    emptyOutDir: true,
    target: "es2022",
    modulePreload: { polyfill: false },
    assetsInlineLimit: 0,
    chunkSizeWarningLimit: 10_000,
    rolldownOptions: {
      input: { graphiql: "graphiql.html", usage: "usage.html" },
      onLog(level, log, handle) {
        if (log.code !== "MODULE_LEVEL_DIRECTIVE") handle(level, log);
      },
    },
  },
});
