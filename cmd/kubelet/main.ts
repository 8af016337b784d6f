/** The kubelet binary: flags, then run until a signal. Pods go on when it stops. */
import { readFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { hostname } from "node:os";
import { Registry } from "prom-client";
import yargs from "yargs";
import type { Pod } from "#api/types/core/v1";
import { parseQuantity } from "#pkg/apimachinery/quantity/index.ts";
import { connectionFromKubeconfig } from "#pkg/client/index.ts";
import { servePages } from "#pkg/component/pages.ts";
import { parseKubeletConfiguration, readKubeletConfiguration } from "#pkg/kubelet/configuration.ts";
import { parseLabels, parseTaints } from "#pkg/kubelet/flags.ts";
import { startKubelet } from "#pkg/kubelet/index.ts";
import { upkeepFlags, upkeepOptions } from "#pkg/kubelet/upkeep-flags.ts";
import { defaultPodOnly, defaultPodSpec } from "#pkg/registry/core/pods/defaults.ts";

/** Of the configuration file, for those who ask what this kubelet goes by. */
let configurationFile: Record<string, unknown> = {};

const argv = await yargs(process.argv.slice(2))
  .strict()
  .config("config", "file with a KubeletConfiguration; flags win over it", (path) => {
    const source = readFileSync(path, "utf8");
    configurationFile = readKubeletConfiguration(source);
    return parseKubeletConfiguration(source);
  })
  .options({
    kubeconfig: { type: "string", demandOption: true },
    "hostname-override": { type: "string", default: hostname().toLowerCase() },
    "node-ip": { type: "string", demandOption: true },
    "container-runtime-endpoint": { type: "string", default: "unix:///run/containerd/containerd.sock" },
    "root-dir": { type: "string", default: "/var/lib/kubelet" },
    "pod-logs-dir": { type: "string", default: "/var/log/pods" },
    "cluster-dns": { type: "string", default: "" },
    "cluster-domain": { type: "string", default: "cluster.local" },
    "resolv-conf": { type: "string", default: "/etc/resolv.conf" },
    "cgroup-root": { type: "string", default: "/" },
    "cgroups-per-qos": { type: "boolean", default: true },
    "pod-manifest-path": { type: "string", default: "" },
    "healthz-bind-address": { type: "string", default: "127.0.0.1" },
    "healthz-port": { type: "number", default: 10_248 },
    "allowed-unsafe-sysctls": { type: "string", default: "" },
    "max-pods": { type: "number", default: 110 },
    port: { type: "number", default: 10_250 },
    address: { type: "string", default: "::" },
    "client-ca-file": { type: "string", default: "" },
    "tls-cert-file": { type: "string", default: "" },
    "tls-private-key-file": { type: "string", default: "" },
    "anonymous-auth": { type: "boolean", default: false },
    "authentication-token-webhook": { type: "boolean", default: true },
    "authorization-mode": { choices: ["AlwaysAllow", "Webhook"] as const, default: "Webhook" as const },
    "container-log-max-size": { type: "string", default: "10Mi" },
    "container-log-max-files": { type: "number", default: 5 },
    "node-labels": { type: "string", default: "" },
    "register-with-taints": { type: "string", default: "" },
    ...upkeepFlags,
  })
  .parse();

const list = (text: string): string[] => text.split(",").filter((word) => word !== "");

function defaultPod({ spec }: Pod): void {
  defaultPodSpec(spec);
  defaultPodOnly(spec);
}

const stop = new AbortController();
for (const name of ["SIGINT", "SIGTERM"] as const) process.once(name, () => stop.abort());

await using kubelet = await startKubelet(
  {
    connection: await connectionFromKubeconfig(argv.kubeconfig),
    nodeName: argv["hostname-override"],
    nodeIPs: list(argv["node-ip"]),
    endpoint: argv["container-runtime-endpoint"],
    rootDir: argv["root-dir"],
    podLogsDir: argv["pod-logs-dir"],
    containerLogLinks: "",
    clusterDns: list(argv["cluster-dns"]),
    clusterDomain: argv["cluster-domain"],
    resolvConf: argv["resolv-conf"],
    cgroupRoot: argv["cgroup-root"],
    cgroupsPerQos: argv["cgroups-per-qos"],
    maxPods: argv["max-pods"],
    allowedUnsafeSysctls: list(argv["allowed-unsafe-sysctls"]),
    port: argv.port,
    server: {
      address: argv.address,
      anonymous: argv["anonymous-auth"],
      tokenReview: argv["authentication-token-webhook"],
      authorization: argv["authorization-mode"],
      containerLogBytesMax: parseQuantity(argv["container-log-max-size"]).toNumber(),
      containerLogFilesMax: argv["container-log-max-files"],
      ...(argv["client-ca-file"] === "" ? {} : { clientCa: await readFile(argv["client-ca-file"], "utf8") }),
      ...(argv["tls-cert-file"] === ""
        ? {}
        : {
            certificate: {
              cert: await readFile(argv["tls-cert-file"], "utf8"),
              key: await readFile(argv["tls-private-key-file"], "utf8"),
            },
          }),
    },
    ...upkeepOptions(argv),
    configurationFile,
    labels: parseLabels(argv["node-labels"]),
    taints: parseTaints(argv["register-with-taints"]),
    ...(argv["pod-manifest-path"] === ""
      ? {}
      : { staticPods: { directory: argv["pod-manifest-path"], setDefaults: defaultPod } }),
  },
  { signal: stop.signal },
);
const healthzPort = argv["healthz-port"];
await using _healthz =
  healthzPort > 0
    ? await servePages({ bindAddress: argv["healthz-bind-address"], port: healthzPort, registry: new Registry() })
    : undefined;
await kubelet.stopped;
