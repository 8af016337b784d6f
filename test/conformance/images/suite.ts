/** The archive with every image that upstream's suite names. */
import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { findGo } from "#test/support/go.ts";
import { buildImages } from "./build.ts";
import { unknownImages } from "./table.ts";

const run = promisify(execFile);

/** Every image is built, or left out for a reason. `oracle`: where upstream's programs were built. Returns the archive's path. */
export async function suiteImages(oracle: string): Promise<string> {
  const programs = join(oracle, "bin");
  const { stdout } = await run(join(programs, "e2e.test"), ["--list-images"]);
  const named = stdout.split("\n").filter((line) => /^\S+:\S+$/.test(line));
  const unknown = unknownImages(named);
  if (named.length === 0 || unknown.length > 0) throw new Error(`images that nobody makes: ${unknown.join(", ")}`);
  const { stdout: module } = await run(findGo(), ["list", "-mod=mod", "-m", "-f", "{{.Dir}}", "k8s.io/kubernetes"], {
    cwd: join(oracle, "mod"),
  });
  return buildImages({
    directory: join(oracle, "images"),
    programs,
    sources: join(module.trim(), "test/images"),
  });
}
