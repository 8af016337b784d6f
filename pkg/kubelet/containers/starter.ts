/** Starts sandboxes and containers. */
import { mkdir, rm, symlink } from "node:fs/promises";
import type { Init, PodSandboxConfig } from "#api/cri/index.ts";
import type { Pod } from "#api/types/core/v1";
import type { Clock } from "#pkg/apimachinery/clock.ts";
import { Limiter } from "#pkg/apimachinery/limiter.ts";
import type { Logger } from "#pkg/apimachinery/log.ts";
import type { Cri } from "../cri/client.ts";
import { CriError } from "../cri/errors.ts";
import type { ImagePuller } from "../images/puller.ts";
import { StartError } from "../images/puller.ts";
import { runHook } from "../lifecycle/hooks.ts";
import type { Paths } from "../paths.ts";
import type { PodEvents } from "../pods/events.ts";
import { type AnyContainer, isHostNetwork, type KindedContainer, nameOf, namespaceOf, uidOf } from "../pods/pod.ts";
import { latest, type PodRecord, readySandbox } from "../runtime/state.ts";
import type { MountedVolume } from "../volumes/manager.ts";
import { buildContainerConfig } from "./container-config.ts";
import { buildDevices } from "./devices.ts";
import { buildHosts, hostnameOf, resolverOf } from "./dns.ts";
import { buildEnvironment, ContainerConfigError, type EnvSources } from "./env.ts";
import type { NodeFacts } from "./fields.ts";
import { makePodDirectories, prepareMounts } from "./mounts.ts";
import { buildSandboxConfig } from "./sandbox-config.ts";
import { nonRootViolation } from "./security.ts";

/** Facts of this machine and its configuration that containers are made with. */
export interface MachineSettings {
  readonly clusterDns: readonly string[];
  readonly clusterDomain: string;
  readonly seccompRoot: string;
  readonly memoryCapacity: number;
  readonly hugePageSizes: readonly string[];
  hostResolv(): Promise<string>;
  hostHosts(): Promise<string>;
}

export interface StarterOptions {
  readonly cri: Cri;
  readonly images: ImagePuller;
  readonly events: PodEvents;
  readonly paths: Paths;
  readonly sources: EnvSources;
  readonly settings: MachineSettings;
  readonly clock: Clock;
  readonly log: Logger;
  readonly signal: AbortSignal;
  /** The cgroup of a pod, relative to the hierarchy. */
  cgroupParent(pod: Pod): string;
  /** Resolves a RuntimeClass to the runtime's handler. */
  runtimeHandler(name: string): Promise<string>;
  /** The devices of the pod's claims that the container gets. Throws Error. */
  cdiDevices(pod: Pod, container: AnyContainer): readonly string[];
  /** Tells whose a new container or sandbox is. */
  own(id: string, uid: string): void;
}

/** Creating network and namespaces is the costly part; more at once only makes each slower. */
const sandboxesAtOnce = 8;
const sandboxTimeoutMs = 240_000;

export interface StartContext {
  readonly pod: Pod;
  readonly record: PodRecord;
  readonly volumes: ReadonlyMap<string, MountedVolume>;
  readonly facts: NodeFacts;
  /** Told of the container as soon as the runtime has made it, with what its spec says. */
  created(id: string): void;
  /** Stops a container again: its postStart handler failed. */
  kill(id: string, message: string): Promise<void>;
}

export class ContainerStarter {
  readonly #options: StarterOptions;
  readonly #limiter = new Limiter(sandboxesAtOnce);

  constructor(options: StarterOptions) {
    this.#options = options;
  }

  async #sandboxConfig(pod: Pod, attempt: number): Promise<Init<PodSandboxConfig>> {
    const { settings, paths, events } = this.#options;
    const { clusterDomain, clusterDns } = settings;
    const { resolver, missingClusterDns } = resolverOf(pod, {
      clusterDomain,
      clusterDns,
      hostResolv: await settings.hostResolv(),
    });
    if (missingClusterDns) {
      const text = `pod: ${JSON.stringify(`${nameOf(pod)}_${namespaceOf(pod)}(${uidOf(pod)})`)}. kubelet does not have ClusterDNS IP configured and cannot create Pod using "ClusterFirst" policy. Falling back to "Default" policy.`;
      events.pod(pod, "Warning", "MissingClusterDNS", text);
    }
    const cgroupParent = this.#options.cgroupParent(pod);
    return buildSandboxConfig(pod, { paths, clusterDomain, resolver, cgroupParent, attempt });
  }

  /** Rejects with Error: the text of the FailedCreatePodSandBox event. */
  async createSandbox(pod: Pod, attempt: number): Promise<string> {
    const { cri, paths, signal, own } = this.#options;
    const uid = uidOf(pod);
    await makePodDirectories(uid, paths);
    await mkdir(paths.podLogs({ namespace: namespaceOf(pod), name: nameOf(pod), uid }), {
      recursive: true,
      mode: 0o755,
    });
    const config = await this.#sandboxConfig(pod, attempt);
    const runtimeHandler = pod.spec.runtimeClassName
      ? await this.#options.runtimeHandler(pod.spec.runtimeClassName)
      : "";
    const { podSandboxId } = await this.#limiter.run(
      () => cri.runtime("RunPodSandbox", { config, runtimeHandler }, { signal, timeoutMs: sandboxTimeoutMs }),
      signal,
    );
    own(podSandboxId, uid);
    return podSandboxId;
  }

  /** Rejects with StartError. */
  async startContainer(context: StartContext, kinded: KindedContainer): Promise<void> {
    const { pod, record } = context;
    const { cri, events, signal, own } = this.#options;
    const sandbox = readySandbox(record);
    if (!sandbox) throw new StartError("ContainerCreating", "the pod has no sandbox");
    const fail = (reason: string, error: unknown): StartError => {
      const text = error instanceof CriError ? error.detail : (error as Error).message;
      return new StartError(reason, text, { cause: error });
    };
    const image = await this.#options.images.ensure(pod, kinded);
    const before = latest(record, kinded.container.name);
    const restartCount = before ? before.restartCount + 1 : 0;
    const config = await this.#containerConfig(context, kinded, { image, restartCount }).catch((error: unknown) => {
      throw fail(error instanceof ContainerConfigError ? "CreateContainerConfigError" : "CreateContainerError", error);
    });
    const sandboxConfig = await this.#sandboxConfig(pod, record.sandboxes[0]?.attempt ?? 0);
    const { containerId } = await cri
      .runtime("CreateContainer", { podSandboxId: sandbox.id, config, sandboxConfig }, { signal })
      .catch((error: unknown) => {
        throw fail("CreateContainerError", error);
      });
    own(containerId, uidOf(pod));
    context.created(containerId);
    events.container(pod, kinded, "Normal", "Created", "Container created");
    await cri.runtime("StartContainer", { containerId }, { signal }).catch((error: unknown) => {
      throw fail("RunContainerError", error);
    });
    events.container(pod, kinded, "Normal", "Started", "Container started");
    this.#linkLog(pod, kinded, { containerId, restartCount });
    await this.#postStart(context, kinded, containerId);
  }

  async #containerConfig(
    context: StartContext,
    kinded: KindedContainer,
    { image, restartCount }: { image: Awaited<ReturnType<ImagePuller["ensure"]>>; restartCount: number },
  ) {
    const { pod, record, volumes } = context;
    const { paths, settings, sources } = this.#options;
    const { container } = kinded;
    const violation = nonRootViolation(pod, container, image.user);
    if (violation !== undefined) throw new ContainerConfigError(violation);
    const podIPs = isHostNetwork(pod) ? context.facts.hostIPs : (readySandbox(record)?.ips ?? []);
    const environment = await buildEnvironment(pod, container, { sources, facts: { ...context.facts, podIPs } });
    const hosts = buildHosts(pod, {
      name: hostnameOf(pod, settings.clusterDomain),
      ips: podIPs,
      hostHosts: isHostNetwork(pod) ? await settings.hostHosts() : "",
    });
    const mounts = await prepareMounts(pod, container, { paths, volumes, environment, hosts });
    const target = "targetContainerName" in container ? container.targetContainerName : undefined;
    const targetId = target ? latest(record, target)?.id : undefined;
    const { seccompRoot, memoryCapacity, hugePageSizes } = settings;
    return buildContainerConfig(pod, container, {
      imageRef: image.ref,
      imageUser: image.user,
      environment,
      mounts,
      cdiDevices: this.#cdiDevices(pod, container),
      devices: buildDevices(container, volumes),
      restartCount,
      seccompRoot,
      memoryCapacity,
      hugePageSizes,
      ...(targetId === undefined ? {} : { targetId }),
    });
  }

  #cdiDevices(pod: Pod, container: AnyContainer): readonly string[] {
    try {
      return this.#options.cdiDevices(pod, container);
    } catch (error) {
      throw new ContainerConfigError((error as Error).message, { cause: error });
    }
  }

  /** `<pod>_<namespace>_<container>-<id>.log`: where log collectors look. */
  #linkLog(pod: Pod, { container }: KindedContainer, run: { containerId: string; restartCount: number }): void {
    const { paths, log } = this.#options;
    if (paths.containerLogLinks === "") return;
    const where = { namespace: namespaceOf(pod), name: nameOf(pod), uid: uidOf(pod) };
    const target = `${paths.podLogs(where)}/${container.name}/${run.restartCount}.log`;
    const link = `${paths.containerLogLinks}/${where.name}_${where.namespace}_${container.name}-${run.containerId}.log`;
    symlink(target, link).catch((err: unknown) => log.debug({ err, link }, "a log link was not made"));
  }

  async #postStart(context: StartContext, { container, kind }: KindedContainer, containerId: string): Promise<void> {
    const handler = container.lifecycle?.postStart;
    if (!handler) return;
    const { cri, clock, signal, events, log } = this.#options;
    const podIP = readySandbox(context.record)?.ips[0] ?? "";
    try {
      await runHook(handler, { cri, clock, containerId, container, podIP, signal });
    } catch (error) {
      log.warn({ err: error, container: container.name, pod: uidOf(context.pod) }, "a postStart handler failed");
      events.container(context.pod, { container, kind }, "Warning", "FailedPostStartHook", "PostStartHook failed");
      await context.kill(containerId, "FailedPostStartHook");
      throw new StartError("PostStartHookError", "PostStartHook failed", { cause: error });
    }
  }
}

/** Removes the links to a pod's logs whose containers are gone. */
export async function removeLogLink(link: string): Promise<void> {
  await rm(link, { force: true });
}
