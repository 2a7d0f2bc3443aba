// Mercurius on Fastify, with graphql-jit, dataloader and pg.

import { readFileSync } from "node:fs";
import Fastify from "fastify";
import mercurius from "mercurius";
import { Loaders } from "./loaders.js";
import { resolvers, typeOf } from "./resolvers.js";

const app = Fastify();
app.register(mercurius, {
  schema: readFileSync(new URL("schema.graphql", import.meta.url), "utf8"),
  resolvers: { ...resolvers, Node: { resolveType: typeOf } },
  context: () => ({ loaders: new Loaders() }),
  jit: 1,
});
await app.listen({ host: "127.0.0.1", port: Number(process.env.PORT) });
