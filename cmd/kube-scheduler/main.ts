#!/usr/bin/env node
/** The scheduler as a program of its own. */
import { Registry } from "prom-client";
import { createLogger } from "#pkg/apimachinery/log.ts";
import { connect, informers as informersOf, lead } from "#pkg/client/index.ts";
import { servePages } from "#pkg/component/pages.ts";
import { untilSignal } from "#pkg/component/signals.ts";
import { parseFlags } from "#pkg/scheduler/flags.ts";
import { startScheduler } from "#pkg/scheduler/index.ts";

const { connection, serving, election } = await parseFlags(process.argv.slice(2));
const log = createLogger("kube-scheduler");
const registry = new Registry();
await using client = connect({ userAgent: "kube-scheduler", ...connection });
await using _pages = serving && (await servePages({ ...serving, registry }));
await lead({ election, client, log }, untilSignal("SIGINT", "SIGTERM"), async (signal) => {
  await using informers = informersOf(client, { log });
  await using scheduler = await startScheduler({ client, informers, log, registry }, { signal });
  informers.start(signal);
  await scheduler.stopped;
});
