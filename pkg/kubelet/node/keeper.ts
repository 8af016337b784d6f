/** Registers the node, keeps its status current and renews its lease. */
import type { Node, NodeCondition, NodeStatus, Taint } from "#api/types/core/v1";
import type { Clock } from "#pkg/apimachinery/clock.ts";
import type { Logger } from "#pkg/apimachinery/log.ts";
import { StatusError } from "#pkg/apimachinery/status-error.ts";
import type { Client } from "#pkg/client/index.ts";
import type { Cri } from "../cri/client.ts";
import type { PressureCondition } from "../eviction/signals.ts";
import type { PodEvents } from "../pods/events.ts";
import { timestamp } from "../status/container-status.ts";
import type { MachineFacts } from "./machine.ts";
import { type ConditionState, pressureEvent, pressureStates } from "./pressure.ts";

export interface NodeKeeperOptions {
  readonly client: Client;
  readonly cri: Cri;
  readonly clock: Clock;
  readonly events: PodEvents;
  readonly log: Logger;
  readonly signal: AbortSignal;
  readonly machine: MachineFacts;
  readonly nodeName: string;
  readonly nodeIPs: readonly string[];
  readonly port: number;
  readonly labels: Readonly<Record<string, string>>;
  readonly taints: readonly Taint[];
  /** What the node runs short of. */
  pressure(): readonly PressureCondition[];
}

const leaseSeconds = 40;
const renewMs = 10_000;
/** Without changes the status is written this often; the lease tells that the node lives. */
const statusMs = 300_000;
const imagesMax = 50;

export class NodeKeeper {
  readonly #options: NodeKeeperOptions;
  #conditions: NodeCondition[] = [];
  /** The statuses of conditions that Events told of. */
  readonly #told = new Map<string, string>();

  constructor(options: NodeKeeperOptions) {
    this.#options = options;
  }

  /** Retries until the server takes the node, or the signal ends it. */
  async register(): Promise<void> {
    const { clock, log, signal, events } = this.#options;
    while (!signal.aborted) {
      try {
        const node = await this.#createOrAdopt();
        this.#conditions = node.status?.conditions ?? [];
        await this.#writeStatus();
        events.node(node, "Normal", "Starting", "Starting kubelet.");
        await this.#renew();
        return;
      } catch (error) {
        log.warn({ err: error }, "the node was not registered");
        await clock.sleep(1000, signal).catch(() => undefined);
      }
    }
  }

  async #createOrAdopt(): Promise<Node> {
    const { client, nodeName, labels, taints, machine, signal } = this.#options;
    const { architecture: arch, operatingSystem: os } = machine.info;
    const own = {
      "beta.kubernetes.io/arch": arch,
      "beta.kubernetes.io/os": os,
      "kubernetes.io/arch": arch,
      "kubernetes.io/hostname": nodeName,
      "kubernetes.io/os": os,
      ...labels,
    };
    const annotations = { "volumes.kubernetes.io/controller-managed-attach-detach": "true" };
    const node: Node = {
      apiVersion: "v1",
      kind: "Node",
      metadata: { name: nodeName, labels: own, annotations },
      spec: taints.length > 0 ? { taints: [...taints] } : {},
      status: await this.#status(),
    };
    try {
      return await client.nodes.create(node, { signal });
    } catch (error) {
      if (StatusError.from(error).reason !== "AlreadyExists") throw error;
      return client.nodes.patch(
        { name: nodeName },
        { metadata: { labels: own, annotations } },
        { type: "strategic", signal },
      );
    }
  }

  async run(): Promise<void> {
    const { clock, log, signal } = this.#options;
    let writtenAt = clock.now();
    while (!signal.aborted) {
      await clock.sleep(renewMs, signal).catch(() => undefined);
      if (signal.aborted) return;
      try {
        await this.#renew();
        const current = await this.#current();
        const changed = current.some(({ type, status }) => status !== this.#before(type)?.status);
        if (!changed && clock.now() - writtenAt < statusMs) continue;
        await this.#writeStatus();
        writtenAt = clock.now();
      } catch (err) {
        if (!signal.aborted) log.warn({ err }, "the node's lease or status was not written");
      }
    }
  }

  async #writeStatus(): Promise<void> {
    const { client, nodeName, signal } = this.#options;
    const status = await this.#status();
    await client.nodes.patch({ name: nodeName }, { status }, { type: "strategic", subresource: "status", signal });
    this.#tellPressure(status.conditions ?? []);
    this.#conditions = status.conditions ?? [];
  }

  async #status(): Promise<NodeStatus> {
    const { cri, machine, nodeIPs, nodeName, port } = this.#options;
    const version = await cri.runtime("Version", {}).catch(() => undefined);
    const { images } = await cri.image("ListImages", {}).catch(() => ({ images: [] }));
    const shown = images
      .toSorted((a, b) => Number(b.size - a.size))
      .slice(0, imagesMax)
      .map(({ repoTags, repoDigests, size }) => ({
        names: [...repoDigests, ...repoTags].sort(),
        sizeBytes: Number(size),
      }));
    return {
      addresses: [
        ...nodeIPs.map((address) => ({ type: "InternalIP" as const, address })),
        { type: "Hostname" as const, address: nodeName },
      ],
      capacity: machine.capacity,
      allocatable: machine.allocatable,
      conditions: await this.#allConditions(),
      daemonEndpoints: { kubeletEndpoint: { Port: port } },
      images: shown,
      nodeInfo: {
        ...machine.info,
        containerRuntimeVersion: version ? `${version.runtimeName}://${version.runtimeVersion.split("~")[0]}` : "",
      },
    };
  }

  async #readyCondition(): Promise<ConditionState> {
    const notReady = (message: string) => ({
      type: "Ready" as const,
      status: "False" as const,
      reason: "KubeletNotReady",
      message,
    });
    try {
      const { status } = await this.#options.cri.runtime("Status", {}, { timeoutMs: 5000 });
      const broken = (status?.conditions ?? []).filter((condition) => !condition.status);
      if (broken.length === 0)
        return { type: "Ready", status: "True", reason: "KubeletReady", message: "kubelet is posting ready status" };
      return notReady(
        broken
          .map(
            ({ type, reason, message }) =>
              `container runtime ${type === "NetworkReady" ? "network" : "status check may not have completed yet:"} not ready: ${type}=false reason:${reason} message:${message}`,
          )
          .join(", "),
      );
    } catch (error) {
      return notReady(`container runtime is down: ${(error as Error).message}`);
    }
  }

  #before(type: string): NodeCondition | undefined {
    return this.#conditions.find((condition) => condition.type === type);
  }

  async #current(): Promise<ConditionState[]> {
    return [...pressureStates(this.#options.pressure()), await this.#readyCondition()];
  }

  async #allConditions(): Promise<NodeCondition[]> {
    const now = timestamp(this.#options.clock.now());
    return (await this.#current()).map((condition) => {
      const before = this.#before(condition.type);
      const same = before?.status === condition.status && before.lastTransitionTime;
      return { ...condition, lastHeartbeatTime: now, lastTransitionTime: same || now };
    });
  }

  /** Tells of what runs short, or no longer does. */
  #tellPressure(conditions: readonly NodeCondition[]): void {
    const { events, nodeName } = this.#options;
    for (const { type, status } of conditions) {
      const event = pressureEvent(type, status);
      if (event === undefined || this.#told.get(type) === status) continue;
      this.#told.set(type, status);
      events.node({ metadata: { name: nodeName } }, "Normal", event, `Node ${nodeName} status is now: ${event}`);
    }
  }

  async #renew(): Promise<void> {
    const { client, clock, nodeName, signal } = this.#options;
    const address = { namespace: "kube-node-lease", name: nodeName };
    const spec = {
      holderIdentity: nodeName,
      leaseDurationSeconds: leaseSeconds,
      renewTime: `${new Date(clock.now()).toISOString().slice(0, 23)}000Z`,
    };
    try {
      await client.leases.patch(address, { spec }, { type: "merge", signal, timeoutMs: renewMs });
    } catch (error) {
      if (StatusError.from(error).reason !== "NotFound") throw error;
      const { metadata } = await client.nodes.get({ name: nodeName }, { signal });
      const ownerReferences = [{ apiVersion: "v1", kind: "Node", name: nodeName, uid: metadata.uid ?? "" }];
      await client.leases.create(
        { apiVersion: "coordination.k8s.io/v1", kind: "Lease", metadata: { ...address, ownerReferences }, spec },
        { signal },
      );
    }
  }
}
