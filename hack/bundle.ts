/** Bundles every binary into dist/: one start reads a few files instead of a thousand and strips no types. */
import { globSync } from "node:fs";
import { copyFile } from "node:fs/promises";
import { basename } from "node:path";
import { build } from "esbuild";

const root = new URL("..", import.meta.url).pathname;

/** CommonJS dependencies call `require`, which a module does not have. */
const banner = `import { createRequire as __createRequire } from "node:module";
const require = __createRequire(import.meta.url);`;

/** What is read as a file at run time, next to the module that reads it. */
const assets = globSync(["api/**/*.cri", "pkg/**/*-descriptions.json*"], { cwd: root });

// Older chunks stay: a running process may still load one of them. `make clean` removes all.
const entryPoints = Object.fromEntries(
  globSync("cmd/*/main.ts", { cwd: root }).map((path) => [path.split("/")[1], root + path]),
);
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
await Promise.all(assets.map((path) => copyFile(root + path, `${root}dist/${basename(path)}`)));
const bytes = Object.values(result.metafile.outputs).reduce((sum, output) => sum + output.bytes, 0);
process.stdout.write(
  `bundled ${Object.keys(entryPoints).length} binaries into dist/ (${(bytes / 1024 / 1024).toFixed(1)} MB)\n`,
);
