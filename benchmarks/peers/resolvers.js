// The resolvers that Mercurius and Apollo Server share; each context has `loaders`.

import { transaction, query } from "./database.js";
import { cursor, parseId, projectRowId, sharedId } from "./ids.js";
import { CONTENTS, PROMPT_COMPONENTS, VOCABULARY, renameContent } from "./statements.js";

const TYPES = { cnt: "Content", prj: "Project" };

/** `end` makes the cursor of a page's last row. */
const connection = (page, count, end) => ({ nodes: page.nodes, page, count, end });

const connectionType = {
  pageInfo: ({ page: { nodes, hasNextPage }, end }) => ({
    hasNextPage,
    endCursor: nodes.length ? end(nodes[nodes.length - 1]) : null,
  }),
  totalCount: ({ count }) => count(),
};

const list = (table, end) => async (project, args, { loaders }) =>
  connection(
    await loaders.pages(table, args).load(project.id),
    () => loaders.counts(table, args.where).load(project.id),
    end,
  );

const byCreation = (row) => cursor("contents", "created_at-", row.createdAt, row.id);

const unknown = { code: "NOT_FOUND", message: "There is no such content.", path: ["input", "content"] };

const updateContent = async (_, { input }, { loaders }) => {
  const key = parseId(input.content);
  const [renamed] = await transaction((client) => query(renameContent(key.projectId), [key.id, input.title], client));
  return renamed === undefined
    ? { content: null, userErrors: [unknown] }
    : { content: await loaders.contents.load(key), userErrors: [] };
};

/** The type of what `node` answers with; each server has its own way to be told. */
export const typeOf = ({ kind }) => kind;

export const resolvers = {
  Query: {
    projects: async (_, { first }, { loaders }) =>
      connection(
        await loaders.projectPage(first),
        () => loaders.projectCount(),
        (row) => cursor("projects", "name+", row.name, row.id),
      ),
    project: (_, { id }, { loaders }) => loaders.projects.load(parseId(id).id),
    node: async (_, { id }, { loaders }) => {
      const key = parseId(id);
      const row = await (key.kind === "cnt" ? loaders.contents.load(key) : loaders.projects.load(key.id));
      return row && { ...row, kind: TYPES[key.kind] };
    },
  },
  Mutation: { updateContent },
  Client: { id: ({ id }) => sharedId("cli", id) },
  Prompt: { id: ({ id }) => sharedId("prm", id) },
  ObjectModel: {
    id: ({ id }) => sharedId("mdl", id),
    contents: async (model, { first }, { loaders }) =>
      connection(await loaders.contentsByModel(first).load(model.id), () => null, byCreation),
  },
  Project: {
    id: ({ id }) => sharedId("prj", id),
    client: ({ clientId }, _, { loaders }) => loaders.clients.load(clientId),
    contents: list(CONTENTS, byCreation),
    vocabulary: list(VOCABULARY, (row) => cursor("vocabulary", "term+", row.term, row.id)),
    promptComponents: list(PROMPT_COMPONENTS, (row) => cursor("prompt_components", "name+", row.name, row.id)),
  },
  Content: {
    id: ({ projectId, id }) => projectRowId("cnt", projectId, id),
    objectModel: ({ objectModelId }, _, { loaders }) => loaders.objectModels.load(objectModelId),
    project: ({ projectId }, _, { loaders }) => loaders.projects.load(projectId),
  },
  Term: { id: ({ projectId, id }) => projectRowId("trm", projectId, id) },
  PromptComponent: {
    id: ({ projectId, id }) => projectRowId("cmp", projectId, id),
    basePrompt: ({ basePromptId }, _, { loaders }) => (basePromptId === null ? null : loaders.prompts.load(basePromptId)),
  },
  ProjectConnection: connectionType,
  ContentConnection: connectionType,
  TermConnection: connectionType,
  PromptComponentConnection: connectionType,
};
