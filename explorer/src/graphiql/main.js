/** The page of GraphiQL. */

import "./editor.js";
import { createElement as h } from "react";
import { createRoot } from "react-dom/client";
import "../../../gql_server/static/plain/bar.js";
import { keepAccessible } from "./accessible.js";
import { Explorer } from "./explorer.js";
import "@graphiql/react/style.css";
import "@graphiql/plugin-doc-explorer/style.css";
import "@graphiql/plugin-history/style.css";
import "@graphiql/plugin-explorer/style.css";
import "graphiql/graphiql.css";
import "../../../gql_server/static/plain/bar.css";
import "./page.css";

const root = document.querySelector("#root");
keepAccessible(root);
createRoot(root).render(h(Explorer));
