/** The API server of a cluster. */
import type { Component } from "#pkg/apimachinery/component.ts";
import { parseFlags, startApiServer } from "#pkg/apiserver/index.ts";
import { tuneEngine } from "#pkg/component/engine.ts";
import { apiserverArgs } from "../apiserver-flags.ts";
import type { ClusterConfig } from "../config.ts";

export async function startClusterApiserver(config: ClusterConfig, signal: AbortSignal): Promise<Component> {
  tuneEngine();
  return startApiServer(await parseFlags(apiserverArgs(config)), { signal });
}
