#!/usr/bin/env node
/** The service proxy as a program of its own. */
import { hostname } from "node:os";
import { Registry } from "prom-client";
import yargs from "yargs";
import { createLogger } from "#pkg/apimachinery/log.ts";
import { connect, connectionFromKubeconfig, informers as informersOf } from "#pkg/client/index.ts";
import { clientFlags, logLevelOf, parseBindAddress } from "#pkg/component/client-flags.ts";
import { servePages } from "#pkg/component/pages.ts";
import { untilSignal } from "#pkg/component/signals.ts";
import { healthPages, modePages } from "#pkg/proxy/health/pages.ts";
import { cleanup, startProxy } from "#pkg/proxy/index.ts";

const flags = await yargs(process.argv.slice(2))
  .options({
    ...clientFlags,
    kubeconfig: { ...clientFlags.kubeconfig, demandOption: false, default: "" },
    "hostname-override": { type: "string", default: hostname(), describe: "name of this node" },
    "cluster-cidr": { type: "string", default: "", describe: "pod addresses; sources outside are masqueraded" },
    "proxy-mode": { choices: ["nftables"], default: "nftables" },
    "healthz-bind-address": { type: "string", default: "0.0.0.0:10256" },
    "metrics-bind-address": { type: "string", default: "127.0.0.1:10249" },
    cleanup: { type: "boolean", default: false, describe: "take all rules away and end" },
  })
  .strict()
  .parseAsync();
if (flags.cleanup) await cleanup();
else {
  if (flags.kubeconfig === "") throw new Error("--kubeconfig is needed");
  process.env["KUBETS_LOG_LEVEL"] ??= logLevelOf(flags.v);
  const signal = untilSignal("SIGINT", "SIGTERM");
  const log = createLogger("kube-proxy");
  const registry = new Registry();
  await using client = connect({ userAgent: "kube-proxy", ...(await connectionFromKubeconfig(flags.kubeconfig)) });
  await using informers = informersOf(client, { log });
  const clusterCidr = flags["cluster-cidr"];
  await using proxy = await startProxy(
    { client, informers, log, registry, nodeName: flags["hostname-override"], ...(clusterCidr ? { clusterCidr } : {}) },
    { signal },
  );
  const healthz = parseBindAddress(flags["healthz-bind-address"]);
  const metrics = parseBindAddress(flags["metrics-bind-address"]);
  await using _health = await servePages({ ...healthz, registry, pages: healthPages(() => proxy.health()) });
  await using _metrics = await servePages({ ...metrics, registry, pages: modePages });
  informers.start(signal);
  await proxy.stopped;
}
