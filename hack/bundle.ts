/** Bundles every binary into dist/: one start reads a few files instead of a thousand and strips no types. */
import { readdirSync } from "node:fs";
import { rm } from "node:fs/promises";
import { build } from "esbuild";

const root = new URL("..", import.meta.url).pathname;

/** CommonJS dependencies call `require`, which a module does not have. */
const banner = `import { createRequire as __createRequire } from "node:module";
const require = __createRequire(import.meta.url);`;

await rm(`${root}dist`, { recursive: true, force: true });
const entryPoints = Object.fromEntries(readdirSync(`${root}cmd`).map((name) => [name, `${root}cmd/${name}/main.ts`]));
const result = await build({
  entryPoints,
  outdir: `${root}dist`,
  outExtension: { ".js": ".mjs" },
  bundle: true,
  splitting: true,
  format: "esm",
  platform: "node",
  target: "node26",
  minifySyntax: true,
  minifyWhitespace: true,
  legalComments: "none",
  banner: { js: banner },
  logLevel: "warning",
  metafile: true,
});
const bytes = Object.values(result.metafile.outputs).reduce((sum, output) => sum + output.bytes, 0);
process.stdout.write(
  `bundled ${Object.keys(entryPoints).length} binaries into dist/ (${(bytes / 1024 / 1024).toFixed(1)} MB)\n`,
);
