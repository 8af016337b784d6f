/** Puts the rooms together: pods come from the API, events from the runtime, and a worker for each pod does the rest. */
import { readFile } from "node:fs/promises";
import { resources } from "#api/gen/resources.ts";
import type { Pod } from "#api/types/core/v1";
import { systemClock } from "#pkg/apimachinery/clock.ts";
import type { Component } from "#pkg/apimachinery/component.ts";
import { createLogger } from "#pkg/apimachinery/log.ts";
import { type Connection, connect, EventRecorder, informers } from "#pkg/client/index.ts";
import { CgroupManager } from "./cgroups/manager.ts";
import { ContainerKiller } from "./containers/killer.ts";
import { ContainerResizer } from "./containers/resizer.ts";
import { ContainerStarter } from "./containers/starter.ts";
import { connectCri } from "./cri/client.ts";
import { followRuntimeEvents, type RuntimeEvent } from "./cri/events.ts";
import { ImagePuller } from "./images/puller.ts";
import { refusalOf } from "./node/admission.ts";
import { NodeKeeper } from "./node/keeper.ts";
import { type MachineFacts, readMachine } from "./node/machine.ts";
import { buildPaths } from "./paths.ts";
import { podEvents } from "./pods/events.ts";
import { MirrorPods, mirroredUid, planMirrors } from "./pods/mirrors.ts";
import { ReferencedObjects } from "./pods/objects.ts";
import { isMirror, isStatic, nameOf, namespaceOf, uidOf } from "./pods/pod.ts";
import { type StaticPodOptions, StaticPodSource } from "./pods/static-source.ts";
import { forbiddenSysctl } from "./pods/sysctls.ts";
import { ServiceAccountTokens } from "./pods/tokens.ts";
import { ProbeManager } from "./probes/manager.ts";
import { RuntimeObserver } from "./runtime/observe.ts";
import type { ServerOptions } from "./server/host.ts";
import { startServer } from "./server/server.ts";
import { StatusManager } from "./status/manager.ts";
import { VolumeManager } from "./volumes/manager.ts";
import { KeyedBackoff } from "./workers/backoff.ts";
import type { WorkerContext } from "./workers/context.ts";
import { PodWorker } from "./workers/worker.ts";

export interface KubeletOptions {
  readonly connection: Connection;
  readonly nodeName: string;
  readonly nodeIPs: readonly string[];
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
  /** Absent: pods come from the API only. */
  readonly staticPods?: StaticPodOptions;
  readonly taints: readonly { key: string; value?: string; effect: "NoSchedule" | "PreferNoSchedule" | "NoExecute" }[];
}

/** A safety net only: events tell of changes at once. */
const relistMs = 20_000;

export async function startKubelet(
  options: KubeletOptions,
  { signal: outer }: { signal: AbortSignal },
): Promise<Component> {
  const log = createLogger("kubelet");
  const clock = systemClock;
  const stop = new AbortController();
  const { signal } = stop;
  outer.addEventListener("abort", () => stop.abort(), { once: true });
  if (outer.aborted) stop.abort();
  const client = connect({ userAgent: "kubelet", ...options.connection });
  const cri = connectCri({ endpoint: options.endpoint });
  const recorder = new EventRecorder({ client, component: "kubelet", host: options.nodeName, clock, log });
  const events = podEvents(recorder);
  const paths = buildPaths({
    root: options.rootDir,
    logs: options.podLogsDir,
    containerLogLinks: options.containerLogLinks,
  });
  const machine: MachineFacts = await readMachine({ rootDir: options.rootDir, maxPods: options.maxPods });
  const objects = new ReferencedObjects({ client, clock, log, signal });
  const tokens = new ServiceAccountTokens({ client, clock, signal });
  const set = informers(client, { clock, log });
  const pods = set.informer(resources.pods, { fieldSelector: `spec.nodeName=${options.nodeName}` });
  const services = set.informer(resources.services);
  const sources = {
    configMap: (namespace: string, name: string) => objects.configMap(namespace, name),
    secret: (namespace: string, name: string) => objects.secret(namespace, name),
    token: tokens.token.bind(tokens),
    async services(waiting: boolean) {
      if (waiting) await services.synced(signal);
      return services.list();
    },
  };
  const observer = new RuntimeObserver(cri);
  const cgroups = new CgroupManager({ root: options.cgroupRoot, enabled: options.cgroupsPerQos, log });
  await cgroups.start();
  const images = new ImagePuller({ cri, events, clock, signal, parallel: 4, secret: sources.secret });
  const workers = new Map<string, PodWorker>();
  const statuses = new StatusManager({
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
  const context: WorkerContext = {
    cri,
    observer,
    images,
    events,
    paths,
    clock,
    log,
    signal,
    cgroups,
    statuses,
    resizer: new ContainerResizer(cri, cgroups),
    killer: new ContainerKiller({ cri, events, clock, log, signal }),
    probes: new ProbeManager({ cri, clock, events, log }),
    backoff: new KeyedBackoff({ firstMs: 10_000, maxMs: 300_000 }),
    volumes: new VolumeManager({
      paths,
      sources,
      objects,
      clock,
      log,
      claims: {
        claim: (namespace, name) => client.persistentvolumeclaims.get({ namespace, name }, { signal }),
        volume: (name) => client.persistentvolumes.get({ name }, { signal }),
      },
    }),
    starter: new ContainerStarter({
      cri,
      images,
      events,
      paths,
      sources,
      clock,
      log,
      signal,
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
    }),
    facts: () => ({ hostIPs: options.nodeIPs, podIPs: [], allocatable: machine.allocatable }),
    admit(pod) {
      const message = forbiddenSysctl(pod, options.allowedUnsafeSysctls ?? []);
      if (message !== undefined) return { phase: "Failed", reason: "SysctlForbidden", message };
      const others = [...workers.values()].filter((worker) => worker.occupies && worker.uid !== uidOf(pod));
      const refusal = refusalOf(pod, { pods: others.map((worker) => worker.pod), allocatable: machine.allocatable });
      return refusal && { phase: "Failed", ...refusal };
    },
    gone: (uid) => {
      workers.delete(uid);
      tokens.release(uid);
      // A pod of the same name may be waiting behind the old one.
      for (const pod of pods.list()) accept(pod);
      acceptStatics();
    },
    computed: () => undefined,
  };
  const accept = (pod: Readonly<Pod>): void => {
    if (isMirror(pod)) {
      statuses.observed(pod, mirroredUid(pod));
      reconcileMirrors();
      return;
    }
    const known = workers.get(uidOf(pod));
    if (known) {
      statuses.observed(pod);
      known.update(pod);
      return;
    }
    const worker = new PodWorker(pod, context);
    workers.set(uidOf(pod), worker);
    worker.kick();
  };
  const statics = options.staticPods
    ? new StaticPodSource({
        ...options.staticPods,
        nodeName: options.nodeName,
        clock,
        log,
        signal,
        changed: () => acceptStatics(),
      })
    : undefined;
  const mirrors = new MirrorPods({ client, nodeName: options.nodeName, log, signal });
  const staticWorkers = () => [...workers.values()].filter(({ pod }) => isStatic(pod));
  const reconcileMirrors = (): void => {
    if (!pods.isSynced) return;
    const observe = () =>
      planMirrors(
        staticWorkers().map(({ pod }) => pod),
        [...pods.list()],
      );
    void mirrors.reconcile(observe);
  };
  /** Starts what the files name anew and stops what they name no more; a changed manifest waits for its older self. */
  const acceptStatics = (): void => {
    const wanted = statics?.pods ?? new Map<string, Pod>();
    for (const worker of staticWorkers()) if (!wanted.has(worker.uid)) worker.remove();
    const taken = new Set(staticWorkers().map(({ pod }) => `${namespaceOf(pod)}/${nameOf(pod)}`));
    for (const [uid, pod] of wanted) {
      if (taken.has(`${namespaceOf(pod)}/${nameOf(pod)}`)) continue;
      const worker = new PodWorker(pod, context);
      workers.set(uid, worker);
      worker.kick();
    }
    reconcileMirrors();
  };
  const relist = async (): Promise<void> => {
    const records = await observer.all(signal);
    for (const [uid, record] of records) {
      const worker = workers.get(uid);
      if (worker) worker.kick();
      else if (pods.isSynced) await removeOrphan(uid, record);
    }
    reconcileMirrors();
    if (pods.isSynced) await cgroups.removeOthers(new Set(workers.keys()));
  };
  const removeOrphan = async (uid: string, record: Awaited<ReturnType<RuntimeObserver["pod"]>>): Promise<void> => {
    log.info(
      { pod: `${record.namespace}/${record.name}`, uid },
      "a pod that nobody wants any more was found and removed",
    );
    const pod: Pod = { metadata: { uid, name: record.name, namespace: record.namespace }, spec: { containers: [] } };
    const worker = new PodWorker(pod, context);
    workers.set(uid, worker);
    worker.remove();
  };
  const tellOwner = ({ id, kind }: RuntimeEvent): void => {
    const worker = workers.get(observer.ownerOf(id) ?? "");
    if (kind === "exited") {
      worker?.exited(id);
      server.exited(id);
    } else worker?.kick();
  };
  const server = await startServer(
    {
      client,
      cri,
      clock,
      log,
      nodeName: options.nodeName,
      nodeIPs: options.nodeIPs,
      rootDir: options.rootDir,
      pods: () => workers.values(),
      record: (uid) => observer.pod(uid),
    },
    {
      ...(options.connection.ca === undefined ? {} : { clientCa: options.connection.ca }),
      ...options.server,
      port: options.port,
    },
  );
  const keeper = new NodeKeeper({ client, clock, cri, events, log, machine, signal, ...options });
  // Before anything that could take their pods for orphans; an API server that is away must not hold them back.
  await statics?.read();
  acceptStatics();
  const following = followRuntimeEvents({
    connection: cri.connection,
    clock,
    log,
    signal,
    onEvent: tellOwner,
    onOpen: () => undefined,
  });
  const reading = statics?.run();
  await keeper.register();
  pods.addHandler({
    added: accept,
    updated: accept,
    deleted(pod) {
      if (isMirror(pod)) reconcileMirrors();
      else workers.get(uidOf(pod))?.remove();
    },
  });
  set.start(signal);
  const relisting = every(relistMs, () => pods.synced(signal).then(relist));
  const keeping = keeper.run();
  const stopped = Promise.all([following, relisting, keeping, reading]).then(() => undefined);
  log.info({ node: options.nodeName }, "the kubelet started");

  async function every(periodMs: number, task: () => Promise<void>): Promise<void> {
    while (!signal.aborted) {
      await task().catch((err: unknown) => {
        if (!signal.aborted) log.warn({ err }, "a relist failed");
      });
      await clock.sleep(periodMs, signal).catch(() => undefined);
    }
  }

  return {
    stopped,
    // Pods keep running: whoever starts the kubelet again finds them.
    async [Symbol.asyncDispose]() {
      stop.abort();
      await server[Symbol.asyncDispose]();
      await stopped;
      statics?.[Symbol.dispose]();
      context.probes[Symbol.dispose]();
      context.volumes[Symbol.dispose]();
      recorder.close();
      await objects[Symbol.asyncDispose]();
      await set[Symbol.asyncDispose]();
      cri[Symbol.dispose]();
      await client[Symbol.asyncDispose]();
    },
  };
}
