/** A client and informers under one identity. */
import type { Component } from "#pkg/apimachinery/component.ts";
import { createLogger, type Logger } from "#pkg/apimachinery/log.ts";
import { type Client, connect, connectionFromKubeconfig, type InformerSet, informers } from "#pkg/client/index.ts";
import type { ClusterConfig } from "../config.ts";
import { kubeconfig } from "../layout.ts";

export interface Identity {
  readonly client: Client;
  readonly informers: InformerSet;
  readonly log: Logger;
}

export async function identityOf(config: ClusterConfig, user: string, component: string): Promise<Identity> {
  const log = createLogger(component);
  const client = connect({ userAgent: component, ...(await connectionFromKubeconfig(kubeconfig(config, user))) });
  return { client, informers: informers(client, { log }), log };
}

/** A component and what it needs beside it; disposal runs backwards. */
export function withParts(component: Component, parts: readonly AsyncDisposable[]): Component {
  return {
    stopped: component.stopped,
    async [Symbol.asyncDispose]() {
      await component[Symbol.asyncDispose]();
      for (const part of parts.toReversed()) await part[Symbol.asyncDispose]();
    },
  };
}
