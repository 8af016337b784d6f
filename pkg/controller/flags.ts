/** Upstream's flags of kube-controller-manager, read into options. */
import { readFile } from "node:fs/promises";
import yargs, { type Options } from "yargs";
import { createLogger } from "#pkg/apimachinery/log.ts";
import { parseDuration } from "#pkg/apimachinery/time/index.ts";
import { connectionFromKubeconfig } from "#pkg/client/index.ts";
import { acceptedFlags } from "#pkg/component/accepted-flags.ts";
import { clientFlags, logLevelOf } from "#pkg/component/client-flags.ts";
import { electionFlags, electionOf, servingFlags, servingOf } from "#pkg/component/serving-flags.ts";
import { selfSignedServing } from "#pkg/pki/index.ts";
import type { ControllerManagerOptions } from "./options.ts";

const name = "kube-controller-manager";
const defaultPort = 10_257;
const text = (describe: string) => ({ type: "string", default: "", describe }) as const;
const list = (describe: string) => ({ type: "string", array: true, default: [] as string[], describe }) as const;
const hidden: Options = { hidden: true };

/** Flags for what these controllers do not do, or do without being told. */
const withoutUse: Readonly<Record<string, Options>> = Object.fromEntries(
  [
    "attach-detach-reconcile-sync-period",
    "cloud-provider",
    "cluster-name",
    "concurrent-deployment-syncs",
    "concurrent-endpoint-syncs",
    "concurrent-gc-syncs",
    "concurrent-job-syncs",
    "concurrent-namespace-syncs",
    "concurrent-replicaset-syncs",
    "concurrent-service-endpoint-syncs",
    "concurrent-statefulset-syncs",
    "enable-garbage-collector",
    "flex-volume-plugin-dir",
    "min-resync-period",
    "namespace-sync-period",
    "node-startup-grace-period",
    "pvclaimbinder-sync-period",
    "resource-quota-sync-period",
  ].map((flag) => [flag, hidden]),
);

function parser(argv: readonly string[]) {
  return yargs([...argv])
    .scriptName(name)
    .parserConfiguration({ "camel-case-expansion": false, "greedy-arrays": false, "duplicate-arguments-array": true })
    .options({
      ...acceptedFlags,
      ...withoutUse,
      ...clientFlags,
      ...servingFlags(defaultPort),
      ...electionFlags(name),
      master: text("the API server, instead of the kubeconfig's"),
      controllers: list("* all that are on by default, foo this one, -foo not this one"),
      "use-service-account-credentials": {
        type: "boolean",
        default: false,
        describe: "each controller writes as its own service account of kube-system",
      },
      "root-ca-file": text("the authority that pods trust; the kubeconfig's when absent"),
      "service-account-private-key-file": text("signs the tokens of service accounts that are kept in secrets"),
      "cluster-signing-cert-file": text("authority that signs certificates"),
      "cluster-signing-key-file": text("its key"),
      "cluster-cidr": text("ranges of pod addresses, by comma"),
      "allocate-node-cidrs": { type: "boolean", default: false },
      "service-cluster-ip-range": text("ranges of the addresses of services, by comma"),
      "cluster-signing-duration": {
        type: "string",
        default: "8760h0m0s",
        describe: "the longest life of certificates",
      },
      "node-cidr-mask-size": { type: "number", default: 0 },
      "node-cidr-mask-size-ipv4": { type: "number", default: 0 },
      "node-cidr-mask-size-ipv6": { type: "number", default: 0 },
      "node-monitor-grace-period": { type: "string", default: "50s", describe: "silence after which a node is lost" },
      "node-monitor-period": { type: "string", default: "5s" },
      "terminated-pod-gc-threshold": { type: "number", default: 12_500 },
      "horizontal-pod-autoscaler-sync-period": { type: "string", default: "15s" },
      "horizontal-pod-autoscaler-downscale-stabilization": { type: "string", default: "5m0s" },
      "horizontal-pod-autoscaler-tolerance": { type: "number", default: 0.1 },
      "horizontal-pod-autoscaler-cpu-initialization-period": { type: "string", default: "5m0s" },
      "horizontal-pod-autoscaler-initial-readiness-delay": { type: "string", default: "30s" },
    })
    .strict()
    .version("Kubernetes v1.35.4+kubets");
}

type Flags = Awaited<ReturnType<ReturnType<typeof parser>["parse"]>>;

/** Throws for unknown flags, bad values and files that cannot be read. */
export async function parseFlags(argv: readonly string[]): Promise<ControllerManagerOptions> {
  const flags = await parser(argv).parse();
  process.env["KUBETS_LOG_LEVEL"] ??= logLevelOf(flags.v);
  const serving = await servingOf(flags, () => selfSignedServing(name));
  const server = flags.master === "" ? {} : { server: flags.master };
  const controllers = split(flags.controllers);
  const maskIpv4 = flags["node-cidr-mask-size-ipv4"] || flags["node-cidr-mask-size"];
  const maskIpv6 = flags["node-cidr-mask-size-ipv6"] || flags["node-cidr-mask-size"];
  return {
    connection: await connectionFromKubeconfig(flags.kubeconfig, server),
    useServiceAccountCredentials: flags["use-service-account-credentials"],
    ...(controllers.length > 0 ? { controllers } : {}),
    leaderElection: electionOf(flags),
    ...(flags["root-ca-file"] === "" ? {} : { rootCa: await readFile(flags["root-ca-file"], "utf8") }),
    ...(await tokenKeyOf(flags)),
    ...(await signingOf(flags)),
    clusterCidrs: split([flags["cluster-cidr"]]),
    allocateNodeCidrs: flags["allocate-node-cidrs"],
    serviceCidrs: split([flags["service-cluster-ip-range"]]),
    ...(maskIpv4 > 0 ? { nodeCidrMaskSizeIpv4: maskIpv4 } : {}),
    ...(maskIpv6 > 0 ? { nodeCidrMaskSizeIpv6: maskIpv6 } : {}),
    nodeMonitorGraceMs: parseDuration(flags["node-monitor-grace-period"]),
    nodeMonitorPeriodMs: parseDuration(flags["node-monitor-period"]),
    terminatedPodGcThreshold: flags["terminated-pod-gc-threshold"],
    horizontalAutoscaling: {
      syncPeriodMs: parseDuration(flags["horizontal-pod-autoscaler-sync-period"]),
      downscaleStabilizationMs: parseDuration(flags["horizontal-pod-autoscaler-downscale-stabilization"]),
      tolerance: flags["horizontal-pod-autoscaler-tolerance"],
      cpuInitializationMs: parseDuration(flags["horizontal-pod-autoscaler-cpu-initialization-period"]),
      initialReadinessDelayMs: parseDuration(flags["horizontal-pod-autoscaler-initial-readiness-delay"]),
    },
    ...(serving ? { serving } : {}),
    log: createLogger(name),
  };
}

/** Lists may repeat the flag or separate by commas. */
const split = (values: readonly string[]): string[] =>
  values.flatMap((value) => value.split(",")).filter((value) => value !== "");

async function tokenKeyOf(flags: Flags): Promise<Pick<ControllerManagerOptions, "serviceAccountKey">> {
  const file = flags["service-account-private-key-file"];
  return file === "" ? {} : { serviceAccountKey: await readFile(file, "utf8") };
}

async function signingOf(flags: Flags): Promise<Pick<ControllerManagerOptions, "clusterSigning">> {
  const [certFile, keyFile] = [flags["cluster-signing-cert-file"], flags["cluster-signing-key-file"]];
  if (certFile === "" || keyFile === "") return {};
  const [cert, key] = await Promise.all([readFile(certFile, "utf8"), readFile(keyFile, "utf8")]);
  return { clusterSigning: { cert, key, durationMs: parseDuration(flags["cluster-signing-duration"]) } };
}
