// A pool of connections, and statements that are prepared on each of them once.

import pg from "pg";

const TIMESTAMPTZ = 1184;
const MOST_PREPARED = 500;

// PostgreSQL's text is ISO 8601 but for two characters; making a Date of it would cost more.
pg.types.setTypeParser(TIMESTAMPTZ, (text) => `${text.slice(0, 10)}T${text.slice(11)}:00`);

// The address is in the environment: PGHOST, PGPORT, PGUSER and PGDATABASE.
export const pool = new pg.Pool({ max: 20, options: "-c TimeZone=UTC" });

const names = new Map();

/** The name under which a text is prepared; the texts of many projects' combinations are not kept for ever. */
const nameOf = (text) => {
  let name = names.get(text);
  if (name === undefined && names.size < MOST_PREPARED) {
    name = `statement_${names.size}`;
    names.set(text, name);
  }
  return name;
};

export const query = async (text, values, client = pool) =>
  (await client.query({ name: nameOf(text), text, values })).rows;

/** Commits what `work` did with its client, or nothing of it. */
export const transaction = async (work) => {
  const client = await pool.connect();
  try {
    await client.query("BEGIN");
    const result = await work(client);
    await client.query("COMMIT");
    return result;
  } catch (error) {
    await client.query("ROLLBACK");
    throw error;
  } finally {
    client.release();
  }
};
