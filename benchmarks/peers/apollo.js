// Apollo Server on Express, with dataloader and pg.

import { readFileSync } from "node:fs";
import { ApolloServer } from "@apollo/server";
import { expressMiddleware } from "@as-integrations/express5";
import express from "express";
import { Loaders } from "./loaders.js";
import { resolvers as shared, typeOf } from "./resolvers.js";

const typeDefs = readFileSync(new URL("schema.graphql", import.meta.url), "utf8");
const resolvers = { ...shared, Node: { __resolveType: typeOf } };
const server = new ApolloServer({ typeDefs, resolvers, introspection: false });
await server.start();
const app = express();
app.use("/graphql", express.json(), expressMiddleware(server, { context: async () => ({ loaders: new Loaders() }) }));
app.listen(Number(process.env.PORT), "127.0.0.1");
