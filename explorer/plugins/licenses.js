/** Collects the licenses of all packages that a part of is in the pages or in their workers. */

import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";

const NOTICES = /^(licen[cs]e|copying|notice|third.?party)/i;
const RULE = "=".repeat(80);

/** Two plugins: workers are built by themselves, before the pages that load them are written. */
export function licenses(fileName) {
  const roots = new Set();
  const collect = (bundle) => {
    for (const { moduleIds = [] } of Object.values(bundle)) {
      for (const id of moduleIds) {
        const root = packageOf(id);
        if (root) roots.add(root);
      }
    }
  };
  return {
    workers: { name: "licenses-of-workers", generateBundle: (_, bundle) => collect(bundle) },
    pages: {
      name: "licenses",
      apply: "build",
      generateBundle(_, bundle) {
        collect(bundle);
        this.emitFile({ type: "asset", fileName, source: textOf([...roots]) });
      },
    },
  };
}

function packageOf(id) {
  const file = id.replace(/^\0/, "").split("?")[0];
  if (!file.includes("/node_modules/")) return null;
  let directory = dirname(file);
  while (!hasName(join(directory, "package.json"))) directory = dirname(directory);
  return directory;
}

// Some packages have a package.json without a name in their folders, which says how its modules are to be read.
const hasName = (path) => existsSync(path) && Boolean(JSON.parse(readFileSync(path)).name);

function textOf(roots) {
  const parts = new Map();
  for (const root of roots) {
    const { name, version, license } = JSON.parse(readFileSync(join(root, "package.json")));
    const notices = readdirSync(root)
      .filter((file) => NOTICES.test(file))
      .sort();
    const texts = notices.map((file) => readFileSync(join(root, file), "utf8").trim());
    parts.set(`${name} ${version}`, [RULE, `${name} ${version} (${license})`, RULE, "", ...texts, ""].join("\n"));
  }
  const sorted = [...parts.keys()].sort().map((key) => parts.get(key));
  return `The pages are made of these packages, each under its own license.\n\n${sorted.join("\n")}`;
}
