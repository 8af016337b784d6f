#!/usr/bin/env node
/** The scheduler as a program of its own. */
import { Registry } from "prom-client";
import yargs from "yargs";
import { createLogger } from "#pkg/apimachinery/log.ts";
import { connect, connectionFromKubeconfig, informers as informersOf } from "#pkg/client/index.ts";
import { clientFlags, logLevelOf } from "#pkg/component/client-flags.ts";
import { servePages } from "#pkg/component/pages.ts";
import { untilSignal } from "#pkg/component/signals.ts";
import { selfSignedServing } from "#pkg/pki/index.ts";
import { startScheduler } from "#pkg/scheduler/index.ts";

const flags = await yargs(process.argv.slice(2))
  .options({
    ...clientFlags,
    "bind-address": { type: "string", default: "127.0.0.1", describe: "where health and metrics are served" },
    "secure-port": { type: "number", default: 10_259 },
  })
  .strict()
  .parseAsync();
process.env["KUBETS_LOG_LEVEL"] ??= logLevelOf(flags.v);
const signal = untilSignal("SIGINT", "SIGTERM");
const log = createLogger("kube-scheduler");
const registry = new Registry();
await using client = connect({ userAgent: "kube-scheduler", ...(await connectionFromKubeconfig(flags.kubeconfig)) });
await using informers = informersOf(client, { log });
await using scheduler = await startScheduler({ client, informers, log, registry }, { signal });
await using _pages = await servePages({
  bindAddress: flags["bind-address"],
  port: flags["secure-port"],
  tls: await selfSignedServing("kube-scheduler"),
  registry,
});
informers.start(signal);
await scheduler.stopped;
