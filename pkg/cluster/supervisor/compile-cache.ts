/** Where Node keeps what it compiled a program's modules to. */
import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import type { ClusterConfig } from "../config.ts";

/** Beside a bundled program: the bundler fills it, and all clusters of a build share it. */
export const builtCompileCache = (entry: string): string => join(dirname(entry), "compile-cache");

/** What Node is told that runs a part of a cluster. A program that runs from its sources fills a cache of the cluster. */
export function nodeEnvironment(entry: string, { dataDir }: Pick<ClusterConfig, "dataDir">): Record<string, string> {
  const built = builtCompileCache(entry);
  return { NODE_COMPILE_CACHE: existsSync(built) ? built : join(dataDir, "cache"), NODE_NO_WARNINGS: "1" };
}
