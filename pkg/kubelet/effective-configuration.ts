/**
 * What this kubelet goes by, as a KubeletConfiguration of kubelet.config.k8s.io/v1beta1: what it was told, else what its file
 * says of things that it has no use for, else what it does by itself. Upstream shows the same at `/configz`. Pure.
 */
import { parseQuantity } from "#pkg/apimachinery/quantity/index.ts";
import { formatDuration } from "#pkg/apimachinery/time/index.ts";
import { evictionOf } from "./eviction/settings.ts";
import { defaultHardThresholds } from "./eviction/thresholds.ts";
import { defaultCollectionPolicy } from "./images/plan.ts";
import type { KubeletOptions } from "./options.ts";

export type Fields = Readonly<Record<string, unknown>>;

/** Upstream's defaults, and where this kubelet does otherwise, what it does. */
const defaults: Fields = {
  enableServer: true,
  syncFrequency: "1m0s",
  fileCheckFrequency: "20s",
  httpCheckFrequency: "20s",
  authentication: { x509: {}, webhook: { enabled: true, cacheTTL: "2m0s" }, anonymous: { enabled: false } },
  authorization: { mode: "Webhook", webhook: { cacheAuthorizedTTL: "5m0s", cacheUnauthorizedTTL: "30s" } },
  registryPullQPS: 5,
  registryBurst: 10,
  imagePullCredentialsVerificationPolicy: "NeverVerify",
  eventRecordQPS: 50,
  eventBurst: 100,
  enableDebuggingHandlers: true,
  healthzPort: 10_248,
  healthzBindAddress: "127.0.0.1",
  oomScoreAdj: -999,
  streamingConnectionIdleTimeout: "4h0m0s",
  nodeStatusUpdateFrequency: "10s",
  nodeStatusReportFrequency: "5m0s",
  nodeLeaseDurationSeconds: 40,
  volumeStatsAggPeriod: "1m0s",
  cgroupDriver: "cgroupfs",
  cpuManagerPolicy: "none",
  cpuManagerReconcilePeriod: "10s",
  memoryManagerPolicy: "None",
  topologyManagerPolicy: "none",
  topologyManagerScope: "container",
  runtimeRequestTimeout: "2m0s",
  hairpinMode: "promiscuous-bridge",
  podPidsLimit: -1,
  cpuCFSQuota: true,
  cpuCFSQuotaPeriod: "100ms",
  nodeStatusMaxImages: 50,
  maxOpenFiles: 1_000_000,
  contentType: "application/json",
  kubeAPIQPS: 50,
  kubeAPIBurst: 100,
  serializeImagePulls: false,
  maxParallelImagePulls: 4,
  mergeDefaultEvictionSettings: false,
  enableControllerAttachDetach: true,
  makeIPTablesUtilChains: true,
  iptablesMasqueradeBit: 14,
  iptablesDropBit: 15,
  failSwapOn: false,
  memorySwap: {},
  containerLogMaxWorkers: 1,
  containerLogMonitorInterval: "10s",
  configMapAndSecretChangeDetectionStrategy: "Watch",
  volumePluginDir: "/usr/libexec/kubernetes/kubelet-plugins/volume/exec/",
  logging: {
    format: "json",
    flushFrequency: "5s",
    verbosity: 0,
    options: { text: { infoBufferSize: "0" }, json: { infoBufferSize: "0" } },
  },
  enableSystemLogHandler: true,
  enableSystemLogQuery: false,
  shutdownGracePeriod: "0s",
  shutdownGracePeriodCriticalPods: "0s",
  crashLoopBackOff: { maxContainerRestartPeriod: "5m0s" },
  enableProfilingHandler: true,
  enableDebugFlagsHandler: true,
  seccompDefault: false,
  memoryThrottlingFactor: 0.9,
  registerNode: true,
  failCgroupV1: false,
};

export const effectiveConfiguration = (options: KubeletOptions): Fields =>
  [options.configurationFile ?? {}, told(options)].reduce(overlay, defaults);

function told(options: KubeletOptions): Fields {
  return withoutEmpty({
    staticPodPath: options.staticPods?.directory,
    podLogsDir: options.podLogsDir,
    port: options.port,
    clusterDomain: options.clusterDomain,
    clusterDNS: options.clusterDns,
    cgroupRoot: options.cgroupRoot === "/" ? "" : options.cgroupRoot,
    cgroupsPerQOS: options.cgroupsPerQos,
    maxPods: options.maxPods,
    resolvConf: options.resolvConf,
    allowedUnsafeSysctls: options.allowedUnsafeSysctls,
    registerWithTaints: options.taints,
    containerRuntimeEndpoint: options.endpoint,
    ...serverFields(options),
    ...evictionFields(options),
    ...imageFields(options),
  });
}

function serverFields({ server = {} }: KubeletOptions): Fields {
  const { containerLogBytesMax, containerLogFilesMax = 5 } = server;
  return {
    address: server.address ?? "::",
    authentication: {
      webhook: { enabled: server.tokenReview ?? true },
      anonymous: { enabled: server.anonymous ?? false },
    },
    authorization: { mode: server.authorization ?? "Webhook" },
    containerLogMaxSize: containerLogBytesMax === undefined ? "10Mi" : sizeText(containerLogBytesMax),
    containerLogMaxFiles: containerLogFilesMax,
  };
}

const mebi = 1024 * 1024;
const sizeText = (bytes: number): string =>
  bytes % mebi === 0 ? parseQuantity(`${bytes / mebi}Mi`).toString() : String(bytes);

function evictionFields({ eviction = {} }: KubeletOptions): Fields {
  const { transitionMs, podGraceSecondsMax, localStorageLimits } = evictionOf(eviction);
  return {
    evictionHard: eviction.hard ?? defaultHardThresholds,
    evictionSoft: eviction.soft,
    evictionSoftGracePeriod: eviction.softGracePeriods,
    evictionMinimumReclaim: eviction.minimumReclaim,
    evictionPressureTransitionPeriod: formatDuration(transitionMs),
    evictionMaxPodGracePeriod: podGraceSecondsMax || undefined,
    enforceNodeAllocatable: [eviction.enforceAllocatable === false ? "none" : "pods"],
    localStorageCapacityIsolation: localStorageLimits,
  };
}

function imageFields({ imageCollection }: KubeletOptions): Fields {
  const policy = { ...defaultCollectionPolicy, ...imageCollection };
  return {
    imageMinimumGCAge: formatDuration(policy.ageMsMin),
    imageMaximumGCAge: formatDuration(policy.ageMsMax),
    imageGCHighThresholdPercent: policy.highThresholdPercent,
    imageGCLowThresholdPercent: policy.lowThresholdPercent,
  };
}

/** Upstream leaves these out. */
const isEmpty = (value: unknown): boolean =>
  value === undefined || value === "" || (typeof value === "object" && Object.keys(value ?? {}).length === 0);

const withoutEmpty = (fields: Fields): Fields =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => !isEmpty(value)));

/** Objects that only have parts of what they say: those parts go over what is there. */
const overlaid = new Set(["authentication", "authorization", "webhook", "anonymous", "x509", "logging"]);

const isFields = (value: unknown): value is Fields =>
  typeof value === "object" && value !== null && !Array.isArray(value);

function overlay(below: Fields, above: Fields): Fields {
  const result = new Map(Object.entries(below));
  for (const [name, value] of Object.entries(above)) {
    const under = result.get(name);
    result.set(name, overlaid.has(name) && isFields(under) && isFields(value) ? overlay(under, value) : value);
  }
  return Object.fromEntries(result);
}
