/** Writes what is built as Brotli and gzip alone: the server sends it as it is, and unpacks it for whoever takes neither. */

import { readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { brotliCompress, constants, gzip } from "node:zlib";

const { BROTLI_PARAM_QUALITY, BROTLI_PARAM_LGWIN, BROTLI_PARAM_SIZE_HINT } = constants;

export const compressed = () => ({
  name: "compressed",
  apply: "build",
  enforce: "post",
  async writeBundle({ dir }) {
    const assets = join(dir, "assets");
    await Promise.all((await readdir(assets)).map((name) => compress(join(assets, name))));
  },
});

async function compress(path) {
  const text = await readFile(path);
  const params = { [BROTLI_PARAM_QUALITY]: 10, [BROTLI_PARAM_LGWIN]: 22, [BROTLI_PARAM_SIZE_HINT]: text.length };
  await Promise.all([
    promisify(brotliCompress)(text, { params }).then((bytes) => writeFile(`${path}.br`, bytes)),
    promisify(gzip)(text, { level: 9 }).then((bytes) => writeFile(`${path}.gz`, bytes)),
  ]);
  await rm(path);
}
