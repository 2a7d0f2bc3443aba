/** What to do about an error, by its `extensions.code`. */

export const EXPLANATIONS = {
  BAD_REQUEST: "The request is not right, as its message says.",
  UNAUTHENTICATED:
    "Put a key into the field at the top; in GraphiQL, an Authorization header in the Headers tab does as well.",
  FORBIDDEN: "Your key is good, and this is for another: most often the administrator's.",
  NOT_FOUND: "There is no such thing, or it is another client's.",
  LIMIT_EXCEEDED: "Ask for less at a time, or less often; the limits are settings of the server.",
  TIMEOUT: "It took longer than the server grants an operation.",
  UNAVAILABLE: "The server cannot reach its database, or is too busy. Try again.",
  PROJECT_UNAVAILABLE: "This project's schema cannot be read just now; all others are whole.",
  PERSISTED_QUERY_NOT_FOUND: "The server does not know a document of this hash. Send its text along, once.",
  PERSISTED_QUERY_NOT_SUPPORTED: "This server takes no persisted queries. Send the document's text.",
  DOCUMENT_NOT_TRUSTED: "This server runs the documents that it was given at its start, and no others.",
  INTERNAL: "A fault of the server's. The requestId finds its cause in the server's log.",
};
