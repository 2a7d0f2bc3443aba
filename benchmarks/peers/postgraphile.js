// PostGraphile 5 over what all projects share and one project's schema.

import { createServer } from "node:http";
import { postgraphile } from "postgraphile";
import { makePgService } from "postgraphile/adaptors/pg";
import { grafserv } from "postgraphile/grafserv/node";
import { PostGraphileAmberPreset } from "postgraphile/presets/amber";
import { jsonPgSmartTags } from "postgraphile/utils";

const schema = process.env.PROJECT_SCHEMA;
const { PGUSER: user, PGHOST: host, PGPORT: port, PGDATABASE: database } = process.env;

// No foreign key leaves a project's schema; these say what the columns refer to.
const references = jsonPgSmartTags({
  version: 1,
  config: {
    class: {
      [`${schema}.contents`]: { tags: { foreignKey: "(object_model_id) references public.object_models (id)" } },
      [`${schema}.prompt_components`]: { tags: { foreignKey: "(base_prompt_id) references public.prompts (id)" } },
    },
  },
});

const preset = {
  extends: [PostGraphileAmberPreset],
  plugins: [references],
  disablePlugins: ["PgProceduresPlugin"],
  pgServices: [
    makePgService({
      connectionString: `postgresql://${user}@/${database}?host=${encodeURIComponent(host)}&port=${port}`,
      schemas: [schema, "public"],
      poolConfig: { max: 20 },
    }),
  ],
  grafserv: { graphiql: false, watch: false },
  grafast: { explain: false },
};

const serv = postgraphile(preset).createServ(grafserv);
const server = createServer();
await serv.addTo(server);
await serv.ready?.();
server.listen(Number(process.env.PORT), "127.0.0.1");
