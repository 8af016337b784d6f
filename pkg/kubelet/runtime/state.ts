/** What the runtime has of a pod, in the kubelet's terms. */

export interface ContainerRecord {
  readonly id: string;
  readonly sandboxId: string;
  readonly name: string;
  readonly state: "created" | "running" | "exited" | "unknown";
  /** Milliseconds since the epoch; 0 where it did not happen. */
  readonly createdAt: number;
  readonly startedAt: number;
  readonly finishedAt: number;
  readonly exitCode: number;
  /** The runtime's reason: `Completed`, `Error`, `OOMKilled`. */
  readonly reason: string;
  readonly message: string;
  /** The image's name as the runtime resolved it, and its id. */
  readonly image: string;
  readonly imageId: string;
  readonly hash: string;
  readonly restartCount: number;
  readonly logPath: string;
  /** Where the container's last words stand on the host; empty without. */
  readonly messagePath: string;
  readonly messagePolicy: string;
  /** CPU and memory as the runtime applied them; undefined where it does not tell. */
  readonly resources?: RecordedResources;
  readonly user?: { readonly uid: number; readonly gid: number; readonly supplementalGroups: readonly number[] };
}

export interface RecordedResources {
  readonly cpuShares: number;
  readonly cpuQuota: number;
  readonly cpuPeriod: number;
  readonly memoryLimit: number;
}

export interface SandboxRecord {
  readonly id: string;
  readonly ready: boolean;
  readonly createdAt: number;
  readonly attempt: number;
  readonly ips: readonly string[];
  readonly hostNetwork: boolean;
}

/** Newest first in both lists. */
export interface PodRecord {
  readonly uid: string;
  readonly name: string;
  readonly namespace: string;
  readonly sandboxes: readonly SandboxRecord[];
  readonly containers: readonly ContainerRecord[];
}

export const emptyRecord = (uid: string): PodRecord => ({
  uid,
  name: "",
  namespace: "",
  sandboxes: [],
  containers: [],
});

/** The newest run of a container. */
export const latest = (record: PodRecord, name: string): ContainerRecord | undefined =>
  record.containers.find((container) => container.name === name);

/** All runs of a container, the newest first. */
export const runsOf = (record: PodRecord, name: string): readonly ContainerRecord[] =>
  record.containers.filter((container) => container.name === name);

export const readySandbox = (record: PodRecord): SandboxRecord | undefined =>
  record.sandboxes[0]?.ready ? record.sandboxes[0] : undefined;
