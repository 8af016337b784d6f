/** Reads the runtime's view of pods. Statuses that cannot change any more are asked for once. */
import {
  type Container,
  ContainerState,
  type ContainerStatus,
  NamespaceMode,
  type PodSandbox,
  PodSandboxState,
  type PodSandboxStatus,
} from "#api/cri/index.ts";
import {
  containerNameLabel,
  hashAnnotation,
  messagePathAnnotation,
  messagePolicyAnnotation,
  podNameLabel,
  podNamespaceLabel,
  podUidLabel,
  restartCountAnnotation,
} from "../containers/labels.ts";
import type { Cri } from "../cri/client.ts";
import { isNotFound } from "../cri/errors.ts";
import type { ContainerRecord, PodRecord, SandboxRecord } from "./state.ts";

const states = ["created", "running", "exited", "unknown"] as const;

export class RuntimeObserver {
  readonly #cri: Cri;
  /** By id and state: a status with the same state stays the same. */
  readonly #containers = new Map<string, { state: number; record: ContainerRecord }>();
  readonly #sandboxes = new Map<string, { state: number; record: SandboxRecord }>();
  /** Which pod a container or sandbox belongs to: events name ids only. */
  readonly #owners = new Map<string, string>();

  constructor(cri: Cri) {
    this.#cri = cri;
  }

  ownerOf(id: string): string | undefined {
    return this.#owners.get(id);
  }

  /** Tells early whose a new container or sandbox is, before the first look at it. */
  own(id: string, uid: string): void {
    this.#owners.set(id, uid);
  }

  /** One pod. Rejects with CriError. */
  async pod(uid: string, signal?: AbortSignal): Promise<PodRecord> {
    const labelSelector = { [podUidLabel]: uid };
    const options = signal ? { signal } : {};
    const [{ items }, { containers }] = await Promise.all([
      this.#cri.runtime("ListPodSandbox", { filter: { labelSelector } }, options),
      this.#cri.runtime("ListContainers", { filter: { labelSelector } }, options),
    ]);
    return this.#record(uid, items, containers);
  }

  /** Every pod that the runtime has anything of, from two calls and what is new among them. */
  async all(signal?: AbortSignal): Promise<Map<string, PodRecord>> {
    const options = signal ? { signal } : {};
    const [{ items }, { containers }] = await Promise.all([
      this.#cri.runtime("ListPodSandbox", {}, options),
      this.#cri.runtime("ListContainers", {}, options),
    ]);
    this.#forgetOthers(new Set([...items, ...containers].map(({ id }) => id)));
    const uids = new Set([...items, ...containers].map(({ labels }) => labels[podUidLabel] ?? ""));
    uids.delete("");
    const records = new Map<string, PodRecord>();
    for (const uid of uids) {
      const isOwn = ({ labels }: { labels: Record<string, string> }): boolean => labels[podUidLabel] === uid;
      records.set(uid, await this.#record(uid, items.filter(isOwn), containers.filter(isOwn)));
    }
    return records;
  }

  #forgetOthers(ids: ReadonlySet<string>): void {
    for (const known of [this.#containers, this.#sandboxes, this.#owners]) {
      for (const id of known.keys()) if (!ids.has(id)) known.delete(id);
    }
  }

  async #record(uid: string, items: readonly PodSandbox[], containers: readonly Container[]): Promise<PodRecord> {
    for (const { id } of [...items, ...containers]) this.#owners.set(id, uid);
    const [sandboxes, records] = await Promise.all([
      Promise.all(items.map((item) => this.#sandbox(item))),
      Promise.all(containers.map((container) => this.#container(container))),
    ]);
    const labels = items[0]?.labels ?? containers[0]?.labels ?? {};
    return {
      uid,
      name: labels[podNameLabel] ?? "",
      namespace: labels[podNamespaceLabel] ?? "",
      sandboxes: sandboxes.filter((s) => s !== undefined).sort((a, b) => b.createdAt - a.createdAt),
      containers: records.filter((c) => c !== undefined).sort((a, b) => b.createdAt - a.createdAt),
    };
  }

  async #sandbox({ id, state }: PodSandbox): Promise<SandboxRecord | undefined> {
    const known = this.#sandboxes.get(id);
    if (known?.state === state) return known.record;
    const { status } = await this.#cri.runtime("PodSandboxStatus", { podSandboxId: id }).catch(ignoreMissing);
    if (!status) return undefined;
    const record = sandboxRecord(status);
    this.#sandboxes.set(id, { state: status.state, record });
    return record;
  }

  async #container({ id, state, podSandboxId }: Container): Promise<ContainerRecord | undefined> {
    const known = this.#containers.get(id);
    if (known?.state === state) return known.record;
    const { status } = await this.#cri.runtime("ContainerStatus", { containerId: id }).catch(ignoreMissing);
    if (!status) return undefined;
    const record = containerRecord(status, podSandboxId);
    this.#containers.set(id, { state: status.state, record });
    return record;
  }
}

function ignoreMissing(error: unknown): { status?: undefined } {
  if (isNotFound(error)) return {};
  throw error;
}

const milliseconds = (nanoseconds: bigint): number => (nanoseconds > 0n ? Number(nanoseconds / 1000n) / 1000 : 0);

function sandboxRecord(status: PodSandboxStatus): SandboxRecord {
  const { network, linux } = status;
  const others = network?.additionalIps.map(({ ip }) => ip) ?? [];
  return {
    id: status.id,
    ready: status.state === PodSandboxState.SANDBOX_READY,
    createdAt: milliseconds(status.createdAt),
    attempt: status.metadata?.attempt ?? 0,
    ips: network?.ip ? [network.ip, ...others] : [],
    hostNetwork: linux?.namespaces?.options?.network === NamespaceMode.NODE,
  };
}

function containerRecord(status: ContainerStatus, sandboxId: string): ContainerRecord {
  const { annotations, labels } = status;
  const messageAt = annotations[messagePathAnnotation] ?? "";
  const resources = status.resources?.linux;
  const user = status.user?.linux;
  const exited = status.state === ContainerState.CONTAINER_EXITED;
  return {
    id: status.id,
    sandboxId,
    name: labels[containerNameLabel] ?? status.metadata?.name ?? "",
    state: states[status.state] ?? "unknown",
    createdAt: milliseconds(status.createdAt),
    startedAt: milliseconds(status.startedAt),
    finishedAt: exited ? milliseconds(status.finishedAt) : 0,
    exitCode: status.exitCode,
    reason: status.reason,
    message: status.message,
    image: status.image?.image ?? "",
    imageId: status.imageId || status.imageRef,
    hash: annotations[hashAnnotation] ?? "",
    restartCount: Number(annotations[restartCountAnnotation] ?? 0),
    logPath: status.logPath,
    messagePath:
      messageAt === "" ? "" : (status.mounts.find(({ containerPath }) => containerPath === messageAt)?.hostPath ?? ""),
    messagePolicy: annotations[messagePolicyAnnotation] ?? "",
    ...(resources
      ? {
          resources: {
            cpuShares: Number(resources.cpuShares),
            cpuQuota: Number(resources.cpuQuota),
            cpuPeriod: Number(resources.cpuPeriod),
            memoryLimit: Number(resources.memoryLimitInBytes),
          },
        }
      : {}),
    ...(user
      ? {
          user: {
            uid: Number(user.uid),
            gid: Number(user.gid),
            supplementalGroups: user.supplementalGroups.map(Number),
          },
        }
      : {}),
  };
}
