/** Upstream's flag names, read into options. */
import { networkInterfaces } from "node:os";
import yargs from "yargs";
import { type ApiServerOptions, defaultOptions } from "./options.ts";

const list = { type: "string", array: true } as const;
const text = { type: "string" } as const;

/** Lists may repeat the flag or separate by commas, as upstream's do. */
const split = (values: readonly string[] | undefined): string[] =>
  (values ?? [])
    .flatMap((v) => v.split(","))
    .map((v) => v.trim())
    .filter((v) => v !== "");

function parser(argv: readonly string[]) {
  return yargs([...argv])
    .scriptName("kube-apiserver")
    .parserConfiguration({ "camel-case-expansion": false, "greedy-arrays": false, "duplicate-arguments-array": true })
    .option("etcd-servers", { ...list, demandOption: true, describe: "etcd servers, scheme://host:port" })
    .option("etcd-cafile", text)
    .option("etcd-certfile", text)
    .option("etcd-keyfile", text)
    .option("etcd-prefix", { ...text, default: "/registry" })
    .option("etcd-compaction-interval", { ...text, default: "5m0s" })
    .option("etcd-sole-writer", {
      type: "boolean",
      default: false,
      describe:
        "no other process writes objects into this etcd while this one runs: reads of the latest state ask it nothing",
    })
    .option("secure-port", { type: "number", default: 6443 })
    .option("permit-port-sharing", { type: "boolean", default: false })
    .option("bind-address", { ...text, default: "0.0.0.0" })
    .option("advertise-address", text)
    .option("tls-cert-file", { ...text, demandOption: true })
    .option("tls-private-key-file", { ...text, demandOption: true })
    .option("client-ca-file", text)
    .option("requestheader-client-ca-file", text)
    .option("requestheader-allowed-names", list)
    .option("requestheader-username-headers", list)
    .option("requestheader-uid-headers", list)
    .option("requestheader-group-headers", list)
    .option("requestheader-extra-headers-prefix", list)
    .option("service-account-key-file", list)
    .option("service-account-signing-key-file", text)
    .option("service-account-issuer", list)
    .option("service-account-max-token-expiration", text)
    .option("service-account-extend-token-expiration", { type: "boolean", default: true })
    .option("api-audiences", list)
    .option("token-auth-file", text)
    .option("enable-bootstrap-token-auth", { type: "boolean", default: false })
    .option("anonymous-auth", { type: "boolean", default: true })
    .option("authorization-mode", list)
    .option("enable-admission-plugins", list)
    .option("disable-admission-plugins", list)
    .option("admission-control-config-file", { ...text, describe: "File with admission control configuration." })
    .option("service-cluster-ip-range", { ...text, default: defaultOptions.serviceClusterIpRange })
    .option("service-node-port-range", { ...text, default: "30000-32767" })
    .option("kubelet-client-certificate", text)
    .option("kubelet-client-key", text)
    .option("kubelet-certificate-authority", text)
    .option("kubelet-preferred-address-types", list)
    .option("proxy-client-cert-file", text)
    .option("proxy-client-key-file", text)
    .option("enable-aggregator-routing", { type: "boolean", default: false })
    .option("request-timeout", { ...text, default: "1m0s" })
    .option("max-requests-inflight", { type: "number", default: 400 })
    .option("max-mutating-requests-inflight", { type: "number", default: 200 })
    .option("enable-priority-and-fairness", {
      type: "boolean",
      default: true,
      describe:
        "If true, replace the max-in-flight handler with an enhanced one that queues and dispatches with priority and fairness",
    })
    .option("allow-privileged", { type: "boolean", default: false })
    .option("profiling", { type: "boolean", default: true })
    .option("v", { type: "number", default: 0 })
    .strict(false)
    .help()
    .version("Kubernetes v1.35.4+kubets");
}

type Flags = Awaited<ReturnType<ReturnType<typeof parser>["parse"]>>;

export async function parseFlags(argv: readonly string[]): Promise<ApiServerOptions> {
  const flags = await parser(argv).parse();
  const bindAddress = flags["bind-address"];
  return {
    bindAddress,
    securePort: flags["secure-port"],
    portSharing: flags["permit-port-sharing"],
    advertiseAddress: flags["advertise-address"] ?? ownAddress(bindAddress),
    etcd: {
      servers: split(flags["etcd-servers"]),
      prefix: flags["etcd-prefix"].replace(/\/+$/, ""),
      compactionIntervalMs: parseDurationMs(flags["etcd-compaction-interval"]),
      isSoleWriter: flags["etcd-sole-writer"],
      ...given("caFile", flags["etcd-cafile"]),
      ...given("certFile", flags["etcd-certfile"]),
      ...given("keyFile", flags["etcd-keyfile"]),
    },
    tls: { certFile: flags["tls-cert-file"], keyFile: flags["tls-private-key-file"] },
    ...given("clientCaFile", flags["client-ca-file"]),
    ...requestHeaderOf(flags),
    serviceAccount: serviceAccountOf(flags),
    ...given("tokenAuthFile", flags["token-auth-file"]),
    bootstrapTokens: flags["enable-bootstrap-token-auth"],
    anonymous: flags["anonymous-auth"],
    authorizationModes: orDefault(split(flags["authorization-mode"]), defaultOptions.authorizationModes),
    enableAdmission: split(flags["enable-admission-plugins"]),
    disableAdmission: split(flags["disable-admission-plugins"]),
    ...given("admissionConfigurationFile", flags["admission-control-config-file"]),
    routesToEndpoints: flags["enable-aggregator-routing"],
    serviceClusterIpRange: flags["service-cluster-ip-range"],
    serviceNodePortRange: parsePortRange(flags["service-node-port-range"]),
    kubelet: {
      ...given("certFile", flags["kubelet-client-certificate"]),
      ...given("keyFile", flags["kubelet-client-key"]),
      ...given("caFile", flags["kubelet-certificate-authority"]),
      addressTypes: orDefault(split(flags["kubelet-preferred-address-types"]), defaultOptions.kubelet.addressTypes),
    },
    ...proxyClientOf(flags),
    profiling: flags.profiling,
    requestTimeoutMs: parseDurationMs(flags["request-timeout"]),
    ...limitsOf(flags),
  };
}

function limitsOf(flags: Flags): Pick<ApiServerOptions, "inFlight" | "priorityAndFairness"> {
  const readOnly = flags["max-requests-inflight"];
  const mutating = flags["max-mutating-requests-inflight"];
  const priorityAndFairness = flags["enable-priority-and-fairness"];
  if (priorityAndFairness && readOnly + mutating <= 0) {
    throw new Error(
      `invalid configuration: MaxRequestsInFlight=${readOnly} and MaxMutatingRequestsInFlight=${mutating}; they must add up to something positive`,
    );
  }
  return { inFlight: { readOnly, mutating }, priorityAndFairness };
}

function given<K extends string>(key: K, value: string | undefined): { [P in K]?: string } {
  return (value ? { [key]: value } : {}) as { [P in K]?: string };
}

const orDefault = <T>(values: readonly T[], fallback: readonly T[]): readonly T[] =>
  values.length > 0 ? values : fallback;

function requestHeaderOf(flags: Flags): Pick<ApiServerOptions, "requestHeader"> {
  const clientCaFile = flags["requestheader-client-ca-file"];
  if (!clientCaFile) return {};
  return {
    requestHeader: {
      clientCaFile,
      allowedNames: split(flags["requestheader-allowed-names"]),
      usernameHeaders: orDefault(split(flags["requestheader-username-headers"]), ["X-Remote-User"]),
      uidHeaders: split(flags["requestheader-uid-headers"]),
      groupHeaders: orDefault(split(flags["requestheader-group-headers"]), ["X-Remote-Group"]),
      extraHeadersPrefixes: orDefault(split(flags["requestheader-extra-headers-prefix"]), ["X-Remote-Extra-"]),
    },
  };
}

function proxyClientOf(flags: Flags): Pick<ApiServerOptions, "proxyClient"> {
  const certFile = flags["proxy-client-cert-file"];
  const keyFile = flags["proxy-client-key-file"];
  return certFile && keyFile ? { proxyClient: { certFile, keyFile } } : {};
}

function serviceAccountOf(flags: Flags): ApiServerOptions["serviceAccount"] {
  const signingKeyFile = flags["service-account-signing-key-file"];
  const keyFiles = split(flags["service-account-key-file"]);
  return {
    keyFiles: keyFiles.length > 0 ? keyFiles : [signingKeyFile ?? flags["tls-private-key-file"]],
    ...given("signingKeyFile", signingKeyFile),
    issuers: split(flags["service-account-issuer"]),
    audiences: split(flags["api-audiences"]),
    expirationSecondsMax: parseDurationMs(flags["service-account-max-token-expiration"] ?? "0s") / 1000,
    extendTokenExpiration: flags["service-account-extend-token-expiration"],
  };
}

const unitMs: Readonly<Record<string, number>> = { h: 3_600_000, m: 60_000, s: 1000, ms: 1 };

/** `1m0s`, as Go writes durations. Throws on anything else. */
export function parseDurationMs(duration: string): number {
  if (duration === "0") return 0;
  let ms = 0;
  const rest = duration.replace(/(\d+(?:\.\d+)?)(ms|h|m|s)/g, (_, count: string, unit: string) => {
    ms += Number(count) * (unitMs[unit] as number);
    return "";
  });
  if (rest !== "" || duration === "") throw new Error(`invalid duration ${JSON.stringify(duration)}`);
  return ms;
}

function parsePortRange(range: string): { from: number; to: number } {
  const dash = /^(\d+)-(\d+)$/.exec(range);
  const plus = /^(\d+)\+(\d+)$/.exec(range);
  const from = Number(dash?.[1] ?? plus?.[1] ?? range);
  const to = dash ? Number(dash[2]) : from + Number(plus?.[2] ?? 0);
  if (!(from > 0 && to >= from && to < 65_536)) throw new Error(`invalid port range ${JSON.stringify(range)}`);
  return { from, to };
}

/** The address that others reach this machine by, when it listens on all. */
function ownAddress(bindAddress: string): string {
  if (bindAddress !== "0.0.0.0" && bindAddress !== "::") return bindAddress;
  const external = Object.values(networkInterfaces())
    .flat()
    .find((i) => i && !i.internal && i.family === "IPv4");
  return external?.address ?? "127.0.0.1";
}
