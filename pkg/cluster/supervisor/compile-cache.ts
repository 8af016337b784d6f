/** Where Node keeps what it compiled a program's modules to. */
import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import type { ClusterConfig } from "../config.ts";

/** Beside a bundled program: the bundler fills it, and all clusters of a build share it. */
export const builtCompileCache = (entry: string): string => join(dirname(entry), "compile-cache");

/** A program that runs from its sources fills one of the cluster. */
export function compileCacheOf(entry: string, { dataDir }: Pick<ClusterConfig, "dataDir">): string {
  const built = builtCompileCache(entry);
  return existsSync(built) ? built : join(dataDir, "cache");
}
