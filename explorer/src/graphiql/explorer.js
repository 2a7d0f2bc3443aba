/** GraphiQL as this server needs it. */

import { createElement as h, useMemo, useState, useSyncExternalStore } from "react";
import { GraphiQL, HISTORY_PLUGIN } from "graphiql";
import { explorerPlugin } from "@graphiql/plugin-explorer";
import { currentKey, onKey } from "../../../gql_server/static/plain/key.js";
import { server } from "../../../gql_server/static/plain/page.js";
import { examplesIn } from "../../../gql_server/static/plain/examples.js";
import examples from "../../../gql_server/static/plain/examples.graphql?raw";
import { fetcherOf } from "./fetcher.js";
import { DocumentId } from "./document_id.js";
import { Outcome } from "./outcome.js";
import { storage } from "./storage.js";
import { editorTheme } from "./theme.js";

const PLUGINS = [HISTORY_PLUGIN, explorerPlugin()];
const TABS = examplesIn(examples).map(({ query }) => ({ query }));

export function Explorer() {
  const key = useSyncExternalStore(onKey, currentKey);
  const [admitted, setAdmitted] = useState(false);
  // GraphiQL reads the schema again when it gets another fetcher, and so after each change of the key.
  const fetcher = useMemo(() => fetcherOf(() => setAdmitted(true), key), [key]);
  const asks = server.introspection && !server.trustedOnly && (server.anonymous || key.value !== "" || admitted);
  return h(
    GraphiQL,
    {
      fetcher,
      // Null keeps GraphiQL from asking for a schema that it would not get.
      schema: asks ? undefined : null,
      storage,
      editorTheme,
      plugins: PLUGINS,
      defaultTabs: TABS,
      defaultEditorToolsVisibility: "variables",
      shouldPersistHeaders: false,
      inputValueDeprecation: true,
      schemaDescription: true,
    },
    h(GraphiQL.Logo, null, " "),
    h(GraphiQL.Footer, null, h(Outcome), h(DocumentId)),
  );
}
