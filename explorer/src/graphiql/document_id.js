/** Below the answer: the id of the document in the editor, and what this server does with such ids. */

import { createElement as h, useEffect, useState } from "react";
import { useGraphiQL } from "@graphiql/react";
import { documentId, documentRule } from "../../../gql_server/static/plain/document_id.js";

export function DocumentId() {
  const query = useGraphiQL(({ tabs, activeTabIndex }) => tabs[activeTabIndex]?.query) ?? "";
  const [id, setId] = useState(null);
  useEffect(() => {
    let current = true;
    void documentId(query).then((found) => current && setId(found));
    return () => {
      current = false;
    };
  }, [query]);
  return h(
    "details",
    { className: "document-id" },
    h("summary", null, "This document ", id && h("code", { title: id }, `${id.slice(0, 19)}…`)),
    id && h("p", null, h("code", null, id)),
    h("p", null, documentRule()),
  );
}
