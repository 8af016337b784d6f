/**
 * The kubelet's configuration file (KubeletConfiguration of kubelet.config.k8s.io/v1beta1), as values of its flags: what is
 * said on the command line wins. Fields that this kubelet has no use for are accepted, so that existing files apply.
 */
import { parse } from "yaml";
import type { Taint } from "#api/types/core/v1";

type FlagValue = string | number | boolean;

/** How a field's value becomes a flag's; undefined where it has the wrong form. */
type Convert = (value: unknown) => FlagValue | undefined;

const text: Convert = (value) => (typeof value === "string" ? value : undefined);
const whole: Convert = (value) => (Number.isInteger(value) ? (value as number) : undefined);
const yesNo: Convert = (value) => (typeof value === "boolean" ? value : undefined);
const words: Convert = (value) =>
  Array.isArray(value) && value.every((word) => typeof word === "string") ? value.join(",") : undefined;

/** A record of texts, as flags have them: `a<1,b<2` or `a=1,b=2`. */
const pairs =
  (sign: "<" | "="): Convert =>
  (value) =>
    isRecordOfTexts(value)
      ? Object.entries(value)
          .map(([name, text]) => `${name}${sign}${text}`)
          .join(",")
      : undefined;

const isRecordOfTexts = (value: unknown): value is Record<string, string> =>
  typeof value === "object" &&
  value !== null &&
  !Array.isArray(value) &&
  Object.values(value).every((text) => typeof text === "string");

const isTaint = (value: unknown): value is Taint =>
  typeof value === "object" && value !== null && "key" in value && "effect" in value;
const taints: Convert = (value) =>
  Array.isArray(value) && value.every(isTaint)
    ? value.map(({ key, value: of, effect }) => `${key}${of ? `=${of}` : ""}:${effect}`).join(",")
    : undefined;

/** Path of the field, the flag, the form. */
const fields: readonly (readonly [path: string, flag: string, convert: Convert])[] = [
  ["address", "address", text],
  ["port", "port", whole],
  ["healthzBindAddress", "healthz-bind-address", text],
  ["healthzPort", "healthz-port", whole],
  ["staticPodPath", "pod-manifest-path", text],
  ["podLogsDir", "pod-logs-dir", text],
  ["containerRuntimeEndpoint", "container-runtime-endpoint", text],
  ["clusterDNS", "cluster-dns", words],
  ["clusterDomain", "cluster-domain", text],
  ["resolvConf", "resolv-conf", text],
  ["cgroupRoot", "cgroup-root", text],
  ["cgroupsPerQOS", "cgroups-per-qos", yesNo],
  ["maxPods", "max-pods", whole],
  ["tlsCertFile", "tls-cert-file", text],
  ["tlsPrivateKeyFile", "tls-private-key-file", text],
  ["authentication.x509.clientCAFile", "client-ca-file", text],
  ["authentication.anonymous.enabled", "anonymous-auth", yesNo],
  ["authentication.webhook.enabled", "authentication-token-webhook", yesNo],
  ["authorization.mode", "authorization-mode", text],
  ["containerLogMaxSize", "container-log-max-size", text],
  ["containerLogMaxFiles", "container-log-max-files", whole],
  ["allowedUnsafeSysctls", "allowed-unsafe-sysctls", words],
  ["registerWithTaints", "register-with-taints", taints],
  ["evictionHard", "eviction-hard", pairs("<")],
  ["evictionSoft", "eviction-soft", pairs("<")],
  ["evictionSoftGracePeriod", "eviction-soft-grace-period", pairs("=")],
  ["evictionMinimumReclaim", "eviction-minimum-reclaim", pairs("=")],
  ["evictionPressureTransitionPeriod", "eviction-pressure-transition-period", text],
  ["evictionMaxPodGracePeriod", "eviction-max-pod-grace-period", whole],
  ["mergeDefaultEvictionSettings", "merge-default-eviction-settings", yesNo],
  ["enforceNodeAllocatable", "enforce-node-allocatable", words],
  ["localStorageCapacityIsolation", "local-storage-capacity-isolation", yesNo],
  ["imageMinimumGCAge", "minimum-image-ttl-duration", text],
  ["imageMaximumGCAge", "maximum-image-ttl-duration", text],
  ["imageGCHighThresholdPercent", "image-gc-high-threshold", whole],
  ["imageGCLowThresholdPercent", "image-gc-low-threshold", whole],
];

function valueAt(object: unknown, path: string): unknown {
  let value = object;
  for (const word of path.split(".")) {
    if (typeof value !== "object" || value === null || !Object.hasOwn(value, word)) return undefined;
    value = (value as Record<string, unknown>)[word];
  }
  return value ?? undefined;
}

const apiVersion = "kubelet.config.k8s.io/v1beta1";

/** Its fields. Throws Error for another kind. */
export function readKubeletConfiguration(source: string): Record<string, unknown> {
  const file: unknown = parse(source);
  if (valueAt(file, "kind") !== "KubeletConfiguration" || valueAt(file, "apiVersion") !== apiVersion) {
    throw new Error(`the file does not hold a KubeletConfiguration of ${apiVersion}`);
  }
  const { kind: _, apiVersion: __, ...fields } = file as Record<string, unknown>;
  return fields;
}

/** YAML or JSON in, flags by name out. Throws Error for another kind and for a field in the wrong form. */
export function parseKubeletConfiguration(source: string): Record<string, FlagValue> {
  const file = readKubeletConfiguration(source);
  const flags = new Map<string, FlagValue>();
  for (const [path, flag, convert] of fields) {
    const value = valueAt(file, path);
    // An empty text is upstream's way of not saying.
    if (value === undefined || value === "") continue;
    const converted = convert(value);
    if (converted === undefined) throw new Error(`${path}: invalid value ${JSON.stringify(value)}`);
    flags.set(flag, converted);
  }
  return Object.fromEntries(flags);
}
