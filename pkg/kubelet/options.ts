/** What a kubelet is told. */
import type { Connection } from "#pkg/client/index.ts";
import type { EvictionSettings } from "./eviction/settings.ts";
import type { CollectionPolicy } from "./images/plan.ts";
import type { StaticPodOptions } from "./pods/static-source.ts";
import type { ServerOptions } from "./server/host.ts";

export interface KubeletOptions {
  readonly connection: Connection;
  readonly nodeName: string;
  readonly nodeIPs: readonly string[];
  /** Of the container runtime. */
  readonly endpoint: string;
  readonly rootDir: string;
  readonly podLogsDir: string;
  readonly containerLogLinks: string;
  readonly clusterDns: readonly string[];
  readonly clusterDomain: string;
  readonly resolvConf: string;
  readonly cgroupRoot: string;
  readonly cgroupsPerQos: boolean;
  readonly maxPods: number;
  readonly port: number;
  readonly labels: Readonly<Record<string, string>>;
  /** Absent: clients of the API server's own authority, and whom the API server allows. */
  readonly server?: ServerOptions;
  /** Names, or beginnings with `*`, of kernel settings that pods may have beyond the safe ones. */
  readonly allowedUnsafeSysctls?: readonly string[];
  /** Absent members: upstream's defaults. */
  readonly eviction?: EvictionSettings;
  readonly imageCollection?: Partial<CollectionPolicy>;
  /** Fields of the KubeletConfiguration that it was started with, for those who ask. */
  readonly configurationFile?: Readonly<Record<string, unknown>>;
  /** Absent: pods come from the API only. */
  readonly staticPods?: StaticPodOptions;
  readonly taints: readonly { key: string; value?: string; effect: "NoSchedule" | "PreferNoSchedule" | "NoExecute" }[];
}
