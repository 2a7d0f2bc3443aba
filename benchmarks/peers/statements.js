// The SQL: one statement for a level of an answer, however many projects' schemas it reads.

export const CONTENTS = {
  name: "contents",
  columns: 'id, title, body, object_model_id AS "objectModelId", created_at AS "createdAt"',
  order: "t.created_at DESC, t.id DESC",
};

export const VOCABULARY = { name: "vocabulary", columns: "id, term, definition", order: "t.term, t.id" };

export const PROMPT_COMPONENTS = {
  name: "prompt_components",
  columns: 'id, name, base_prompt_id AS "basePromptId"',
  order: "t.name, t.id",
};

export const schemaOf = (projectId) => `"project_${projectId.replaceAll("-", "_")}"`;

const inEach = (projectIds, select) =>
  projectIds.map((id, place) => `(SELECT ${place} AS place, page.* FROM (${select(schemaOf(id))}) AS page)`).join(" UNION ALL ");

/** The condition of a filter, with its values from `$first` on. */
export const condition = (where, first) => {
  const parts = [];
  const values = [];
  for (const [column, operators] of Object.entries(where ?? {})) {
    for (const [operator, operand] of Object.entries(operators ?? {})) {
      const place = `$${first + values.length}`;
      parts.push(operator === "contains" ? `t.${column} ILIKE ${place}` : `t.${column} = ${place}`);
      values.push(operator === "contains" ? `%${operand.replace(/[\\%_]/g, "\\$&")}%` : operand);
    }
  }
  return { sql: parts.length ? parts.join(" AND ") : "TRUE", values };
};

/** One row more than a page of each project has. */
export const pages = (table, projectIds, where) =>
  inEach(
    projectIds,
    (schema) =>
      `SELECT ${table.columns} FROM ${schema}.${table.name} AS t WHERE ${where.sql} ORDER BY ${table.order} LIMIT $1`,
  );

export const counts = (table, projectIds, where) =>
  inEach(projectIds, (schema) => `SELECT count(*)::int AS count FROM ${schema}.${table.name} AS t WHERE ${where.sql}`);

export const contentsByIds = (projectIds) =>
  inEach(
    projectIds,
    (schema) => `SELECT ${CONTENTS.columns} FROM ${schema}.contents AS t WHERE t.id = ANY ($1::uuid[])`,
  );

/** One row more than a page over all projects has, for each of the object models in `$1`. */
export const contentsByModels = (projectIds) => {
  const rows = inEach(
    projectIds,
    (schema) =>
      `SELECT models.id AS model, t.* FROM unnest($1::uuid[]) AS models (id) CROSS JOIN LATERAL (` +
      `SELECT ${CONTENTS.columns} FROM ${schema}.contents AS t WHERE t.object_model_id = models.id` +
      ` ORDER BY ${CONTENTS.order} LIMIT $2) AS t`,
  );
  return (
    `SELECT * FROM (SELECT rows.*, row_number() OVER (PARTITION BY model ORDER BY "createdAt" DESC, id DESC) AS number` +
    ` FROM (${rows}) AS rows) AS ranked WHERE number <= $2 ORDER BY model, number`
  );
};

export const renameContent = (projectId) =>
  `UPDATE ${schemaOf(projectId)}.contents SET title = $2, version = version + 1, updated_at = CURRENT_TIMESTAMP` +
  ` WHERE id = $1 RETURNING id`;
