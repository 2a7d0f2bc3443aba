// Global ids and cursors, opaque in the way of gql_server's.

const bytes = (uuid) => Buffer.from(uuid.replaceAll("-", ""), "hex");

const uuid = (buffer) => {
  const hex = buffer.toString("hex");
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
};

export const sharedId = (kind, id) => `${kind}_${bytes(id).toString("base64url")}`;

export const projectRowId = (kind, projectId, id) =>
  `${kind}_${Buffer.from((projectId + id).replaceAll("-", ""), "hex").toString("base64url")}`;

export const parseId = (text) => {
  const [kind, encoded] = [text.slice(0, 3), Buffer.from(text.slice(4), "base64url")];
  return encoded.length === 32
    ? { kind, projectId: uuid(encoded.subarray(0, 16)), id: uuid(encoded.subarray(16)) }
    : { kind, id: uuid(encoded) };
};

export const cursor = (...values) => Buffer.from(JSON.stringify(values)).toString("base64url");
