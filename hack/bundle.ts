/** Bundles every binary into dist/: one start reads a few files instead of a thousand and strips no types. */
import { execFile } from "node:child_process";
import { globSync } from "node:fs";
import { copyFile, rm } from "node:fs/promises";
import { basename } from "node:path";
import { promisify } from "node:util";
import { build, type Metafile, type Plugin } from "esbuild";
import { builtCompileCache } from "#pkg/cluster/supervisor/compile-cache.ts";

const root = new URL("..", import.meta.url).pathname;

/** CommonJS dependencies call `require`, which a module does not have. */
const banner = `import { createRequire as __createRequire } from "node:module";
const require = __createRequire(import.meta.url);`;

/**
 * Whoever imports `node:http` as a module makes Node look at all that it exports, and so load a client that nobody here uses:
 * 50 ms of every start.
 */
const httpWithoutClient: Plugin = {
  name: "node:http without undici",
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^(node:)?http$/ }, ({ kind }) =>
      kind === "import-statement" ? { path: "node:http", namespace: "built-in" } : undefined,
    );
    onLoad({ filter: /./, namespace: "built-in" }, ({ path }) => ({
      contents: `module.exports = process.getBuiltinModule(${JSON.stringify(path)});`,
    }));
  },
};

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
  plugins: [httpWithoutClient],
});
await Promise.all(assets.map((path) => copyFile(root + path, `${root}dist/${basename(path)}`)));
await compile(result.metafile);
const bytes = Object.values(result.metafile.outputs).reduce((sum, output) => sum + output.bytes, 0);
process.stdout.write(
  `bundled ${Object.keys(entryPoints).length} binaries into dist/ (${(bytes / 1024 / 1024).toFixed(1)} MB)\n`,
);

/** Has Node compile all modules and keep what it made of them beside them: no start has to do it again. */
async function compile({ outputs }: Metafile): Promise<void> {
  const programs = new Set(Object.values<string>(entryPoints).map((path) => path.slice(root.length)));
  const modules = Object.entries(outputs)
    .filter(([path, { entryPoint }]) => path.endsWith(".mjs") && !programs.has(entryPoint ?? ""))
    .map(([path]) => `file://${root}${path}`);
  const cache = builtCompileCache(`${root}dist/kubets.mjs`);
  await rm(cache, { recursive: true, force: true });
  const script = `for (const path of ${JSON.stringify(modules)}) await import(path); process.exit(0);`;
  const env = { ...process.env, NODE_COMPILE_CACHE: cache, NODE_NO_WARNINGS: "1" };
  await promisify(execFile)(process.execPath, ["--input-type=module", "--eval", script], { env });
}
