#!/usr/bin/env node
/** The cluster DNS as a program of its own. */
import { Registry } from "prom-client";
import yargs from "yargs";
import { createLogger } from "#pkg/apimachinery/log.ts";
import { connect, connectionFromKubeconfig, informers as informersOf } from "#pkg/client/index.ts";
import { clientFlags, logLevelOf } from "#pkg/component/client-flags.ts";
import { untilSignal } from "#pkg/component/signals.ts";
import { startDns } from "#pkg/dns/index.ts";

const flags = await yargs(process.argv.slice(2))
  .options({
    ...clientFlags,
    domain: { type: "string", default: "cluster.local" },
    "dns-bind-address": { type: "string", default: "0.0.0.0" },
    "dns-port": { type: "number", default: 53 },
    nameservers: {
      type: "string",
      default: "",
      describe: "name servers for other names, by comma; default: resolv.conf's",
    },
  })
  .strict()
  .parseAsync();
process.env["KUBETS_LOG_LEVEL"] ??= logLevelOf(flags.v);
const signal = untilSignal("SIGINT", "SIGTERM");
const log = createLogger("kube-dns");
await using client = connect({ userAgent: "kube-dns", ...(await connectionFromKubeconfig(flags.kubeconfig)) });
await using informers = informersOf(client, { log });
const upstreams = flags.nameservers.split(",").filter((server) => server !== "");
await using dns = await startDns(
  {
    client,
    informers,
    log,
    registry: new Registry(),
    clusterDomain: flags.domain,
    bindAddress: flags["dns-bind-address"],
    port: flags["dns-port"],
    ...(upstreams.length > 0 ? { upstreams } : {}),
  },
  { signal },
);
informers.start(signal);
await dns.stopped;
