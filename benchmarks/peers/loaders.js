// Dataloaders, made anew for each request as dataloader's documentation asks for.

import DataLoader from "dataloader";
import { query } from "./database.js";
import * as sql from "./statements.js";

const PROJECT = 'SELECT id, name, client_id AS "clientId" FROM public.projects';
const PROJECTS = `${PROJECT} AS t ORDER BY t.name, t.id LIMIT $1`;
const COUNT_PROJECTS = "SELECT count(*)::int AS count FROM public.projects";
const PROJECT_IDS = "SELECT id FROM public.projects ORDER BY name, id";

/** Loads rows of a shared table by id. */
const byId = (select) =>
  new DataLoader(async (ids) => {
    const rows = new Map((await query(`${select} WHERE id = ANY ($1::uuid[])`, [ids])).map((row) => [row.id, row]));
    return ids.map((id) => rows.get(id) ?? null);
  });

const pageOf = (rows, first) => {
  const hasNextPage = rows.length > first;
  return { nodes: hasNextPage ? rows.slice(0, first) : rows, hasNextPage };
};

export class Loaders {
  clients = byId("SELECT id, name FROM public.clients");
  objectModels = byId("SELECT id, name, version FROM public.object_models");
  projects = byId(PROJECT);
  prompts = byId("SELECT id, name FROM public.prompts");

  contents = new DataLoader(
    async (keys) => {
      const projectIds = [...new Set(keys.map((key) => key.projectId))];
      const rows = await query(sql.contentsByIds(projectIds), [keys.map((key) => key.id)]);
      const found = new Map(rows.map((row) => [projectIds[row.place] + row.id, row]));
      return keys.map(({ projectId, id }) => {
        const row = found.get(projectId + id);
        return row === undefined ? null : { ...row, projectId };
      });
    },
    { cacheKeyFn: ({ projectId, id }) => projectId + id },
  );

  #made = new Map();

  async projectPage(first) {
    return pageOf(await query(PROJECTS, [first + 1]), first);
  }

  async projectCount() {
    return (await query(COUNT_PROJECTS, []))[0].count;
  }

  /** Loads a page of a table for each project; lists with equal arguments are loaded together. */
  pages(table, { first, where }) {
    return this.#once(`pages ${table.name} ${first} ${JSON.stringify(where)}`, async (projectIds) => {
      const condition = sql.condition(where, 2);
      const rows = await query(sql.pages(table, projectIds, condition), [first + 1, ...condition.values]);
      const lists = projectIds.map(() => []);
      for (const row of rows) {
        row.projectId = projectIds[row.place];
        lists[row.place].push(row);
      }
      return lists.map((list) => pageOf(list, first));
    });
  }

  counts(table, where) {
    return this.#once(`counts ${table.name} ${JSON.stringify(where)}`, async (projectIds) => {
      const condition = sql.condition(where, 1);
      const rows = await query(sql.counts(table, projectIds, condition), condition.values);
      const counts = new Map(rows.map((row) => [row.place, row.count]));
      return projectIds.map((_, place) => counts.get(place));
    });
  }

  /** Loads a page of the contents of all projects for each object model. */
  contentsByModel(first) {
    return this.#once(`models ${first}`, async (modelIds) => {
      const projectIds = (await query(PROJECT_IDS, [])).map((row) => row.id);
      const lists = new Map(modelIds.map((id) => [id, []]));
      for (const row of await query(sql.contentsByModels(projectIds), [modelIds, first + 1])) {
        row.projectId = projectIds[row.place];
        lists.get(row.model).push(row);
      }
      return modelIds.map((id) => pageOf(lists.get(id), first));
    });
  }

  #once(key, load) {
    let loader = this.#made.get(key);
    if (loader === undefined) {
      loader = new DataLoader(load);
      this.#made.set(key, loader);
    }
    return loader;
  }
}
