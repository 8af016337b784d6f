/** The parts of a kubelet that know nothing of each other but what they are given here. */
import { readFile } from "node:fs/promises";
import { resources } from "#api/gen/resources.ts";
import type { Pod } from "#api/types/core/v1";
import { type Clock, systemClock } from "#pkg/apimachinery/clock.ts";
import { createLogger, type Logger } from "#pkg/apimachinery/log.ts";
import { type Client, connect, EventRecorder, type Informer, type InformerSet, informers } from "#pkg/client/index.ts";
import { CgroupManager } from "./cgroups/manager.ts";
import { ContainerKiller } from "./containers/killer.ts";
import { ContainerResizer } from "./containers/resizer.ts";
import { ContainerStarter } from "./containers/starter.ts";
import { type Cri, connectCri } from "./cri/client.ts";
import { type Eviction, evictionOf } from "./eviction/settings.ts";
import { defaultCollectionPolicy, ensureCollectionPolicy } from "./images/plan.ts";
import { ImagePuller } from "./images/puller.ts";
import { type MachineFacts, readMachine } from "./node/machine.ts";
import type { KubeletOptions } from "./options.ts";
import { buildPaths, type Paths } from "./paths.ts";
import { type PodEvents, podEvents } from "./pods/events.ts";
import { mirroredUid } from "./pods/mirrors.ts";
import { ReferencedObjects } from "./pods/objects.ts";
import { isStatic, uidOf } from "./pods/pod.ts";
import { ServiceAccountTokens } from "./pods/tokens.ts";
import { ProbeManager } from "./probes/manager.ts";
import { RuntimeObserver } from "./runtime/observe.ts";
import { StatusManager } from "./status/manager.ts";
import { VolumeManager } from "./volumes/manager.ts";
import { KeyedBackoff } from "./workers/backoff.ts";
import type { WorkerContext } from "./workers/context.ts";

/** Connections and what is known of the machine. */
export class Base implements AsyncDisposable {
  readonly options: KubeletOptions;
  readonly log: Logger = createLogger("kubelet");
  readonly clock: Clock = systemClock;
  readonly signal: AbortSignal;
  readonly client: Client;
  readonly cri: Cri;
  readonly recorder: EventRecorder;
  readonly events: PodEvents;
  readonly paths: Paths;
  readonly informers: InformerSet;
  /** Those of this node. */
  readonly pods: Informer<Pod>;
  readonly objects: ReferencedObjects;
  readonly tokens: ServiceAccountTokens;
  readonly eviction: Eviction;
  readonly machine: MachineFacts;

  private constructor(
    options: KubeletOptions,
    signal: AbortSignal,
    { eviction, machine }: Pick<Base, "eviction" | "machine">,
  ) {
    const { log, clock } = this;
    this.options = options;
    this.signal = signal;
    this.eviction = eviction;
    this.machine = machine;
    this.client = connect({ userAgent: "kubelet", ...options.connection });
    this.cri = connectCri({ endpoint: options.endpoint });
    const { client } = this;
    this.recorder = new EventRecorder({ client, component: "kubelet", host: options.nodeName, clock, log });
    this.events = podEvents(this.recorder);
    this.paths = buildPaths({
      root: options.rootDir,
      logs: options.podLogsDir,
      containerLogLinks: options.containerLogLinks,
    });
    this.objects = new ReferencedObjects({ client, clock, log, signal });
    this.tokens = new ServiceAccountTokens({ client, clock, signal });
    this.informers = informers(client, { clock, log });
    this.pods = this.informers.informer(resources.pods, { fieldSelector: `spec.nodeName=${options.nodeName}` });
  }

  /** Rejects with Error, in upstream's words, for settings that are wrong. */
  static async create(options: KubeletOptions, signal: AbortSignal): Promise<Base> {
    const eviction = evictionOf(options.eviction ?? {});
    ensureCollectionPolicy({ ...defaultCollectionPolicy, ...options.imageCollection });
    const { rootDir, maxPods } = options;
    const machine = await readMachine({ rootDir, maxPods, thresholds: eviction.thresholds });
    return new Base(options, signal, { eviction, machine });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.recorder.close();
    await this.objects[Symbol.asyncDispose]();
    await this.informers[Symbol.asyncDispose]();
    this.cri[Symbol.dispose]();
    await this.client[Symbol.asyncDispose]();
  }
}

/** What workers need, but for what depends on all of them. */
export type Rooms = Omit<WorkerContext, "admit" | "gone" | "computed">;

export async function buildRooms(base: Base): Promise<Rooms> {
  const { options, cri, clock, log, signal, events, paths, client } = base;
  const sources = sourcesOf(base);
  const observer = new RuntimeObserver(cri);
  const cgroups = new CgroupManager({ root: options.cgroupRoot, enabled: options.cgroupsPerQos, log });
  await cgroups.start();
  const images = new ImagePuller({ cri, events, clock, signal, parallel: 4, secret: sources.secret });
  const claims = {
    claim: (namespace: string, name: string) => client.persistentvolumeclaims.get({ namespace, name }, { signal }),
    volume: (name: string) => client.persistentvolumes.get({ name }, { signal }),
    nodeLabels: async () => (await client.nodes.get({ name: options.nodeName }, { signal })).metadata.labels ?? {},
  };
  return {
    ...{ cri, observer, images, events, paths, clock, log, signal, cgroups },
    statuses: statusesOf(base),
    resizer: new ContainerResizer(cri, cgroups),
    killer: new ContainerKiller({ cri, events, clock, log, signal }),
    probes: new ProbeManager({ cri, clock, events, log }),
    backoff: new KeyedBackoff({ firstMs: 10_000, maxMs: 300_000 }),
    volumes: new VolumeManager({ paths, sources, objects: base.objects, clock, log, claims, events, signal }),
    starter: starterOf(base, { observer, cgroups, images, sources }),
    facts: () => ({ hostIPs: options.nodeIPs, podIPs: [], allocatable: base.machine.allocatable }),
  };
}

type Sources = ReturnType<typeof sourcesOf>;

function sourcesOf({ objects, tokens, informers: set, signal }: Base) {
  const services = set.informer(resources.services);
  return {
    configMap: (namespace: string, name: string) => objects.configMap(namespace, name),
    secret: (namespace: string, name: string) => objects.secret(namespace, name),
    token: tokens.token.bind(tokens),
    async services(waiting: boolean) {
      if (waiting) await services.synced(signal);
      return services.list();
    },
  };
}

function statusesOf({ client, clock, log, signal, pods }: Base): StatusManager {
  return new StatusManager({
    client,
    clock,
    log,
    signal,
    target(pod) {
      const found = pods.get(`${pod.metadata.namespace}/${pod.metadata.name}`);
      // Another of the same name, made after this one was deleted, is not this one.
      if (!isStatic(pod)) return found && uidOf(found) !== uidOf(pod) ? undefined : pod;
      return found && mirroredUid(found) === uidOf(pod) ? found : undefined;
    },
  });
}

interface StarterParts extends Pick<Rooms, "observer" | "cgroups" | "images"> {
  readonly sources: Sources;
}

function starterOf(base: Base, { observer, cgroups, images, sources }: StarterParts): ContainerStarter {
  const { options, machine, cri, events, paths, clock, log, signal, client } = base;
  return new ContainerStarter({
    ...{ cri, images, events, paths, sources, clock, log, signal },
    settings: {
      clusterDns: options.clusterDns,
      clusterDomain: options.clusterDomain,
      seccompRoot: `${options.rootDir}/seccomp`,
      memoryCapacity: machine.memoryBytes,
      hugePageSizes: machine.hugePageSizes,
      hostResolv: () => readFile(options.resolvConf, "utf8").catch(() => ""),
      hostHosts: () => readFile("/etc/hosts", "utf8").catch(() => ""),
    },
    cgroupParent: (pod) => cgroups.parentOf(pod),
    runtimeHandler: async (name) => (await client.runtimeclasses.get({ name }, { signal })).handler,
    own: (id, uid) => observer.own(id, uid),
  });
}
