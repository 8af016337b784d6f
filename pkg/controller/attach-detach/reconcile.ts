/** observe → plan → apply for the volumes of one node. */
import { createHash } from "node:crypto";
import { resources } from "#api/gen/resources.ts";
import type { Node, Pod } from "#api/types/core/v1";
import type { VolumeAttachment } from "#api/types/storage.k8s.io/v1";
import {
  done,
  type EventRecorder,
  type Informer,
  isAlreadyExists,
  isNotFound,
  type Outcome,
} from "#pkg/client/index.ts";
import type { ControllerContext } from "../framework/controller.ts";
import {
  isAttached,
  isInUse,
  isManaged,
  isNodeReady,
  isOutOfService,
  isShared,
  multiAttachText,
  type Sources,
  uniqueName,
  type Wanted,
  wantedVolumes,
} from "./plan.ts";

type Attachment = Readonly<VolumeAttachment>;

/** How long a node that is not ready may keep a volume that nobody there needs. */
const unmountMs = 360_000;
const againMs = 2_000;

export const byNode = "node";
export const podNode = ({ spec }: Readonly<Pod>): readonly string[] => (spec.nodeName ? [spec.nodeName] : []);
export const attachmentNode = ({ spec }: Attachment): readonly string[] => [spec.nodeName];
export const byVolume = "volume";
export const attachmentVolume = ({ spec }: Attachment): readonly string[] =>
  spec.source.persistentVolumeName ? [spec.source.persistentVolumeName] : [];

export class NodeVolumes {
  readonly #context: ControllerContext;
  readonly #nodes: Informer<Node>;
  readonly #pods: Informer<Pod>;
  readonly #attachments: Informer<VolumeAttachment>;
  readonly #sources: Sources;
  readonly #recorder: EventRecorder;
  /** When a volume was first not needed any more, by the name of its attachment. */
  readonly #unneededSince = new Map<string, number>();
  /** By node: the last that was said of each of its volumes. Once is enough. */
  readonly #told = new Map<string, ReadonlyMap<string, string>>();

  constructor(context: ControllerContext) {
    const { informers } = context;
    this.#context = context;
    this.#nodes = informers.informer(resources.nodes);
    this.#pods = informers.informer(resources.pods);
    this.#attachments = informers.informer(resources.volumeattachments);
    const claims = informers.informer(resources.persistentvolumeclaims);
    const volumes = informers.informer(resources.persistentvolumes);
    const drivers = informers.informer(resources.csidrivers);
    this.#sources = {
      claimOf: (namespace, name) => claims.get(`${namespace}/${name}`),
      volumeOf: (name) => volumes.get(name),
      needsAttach: (driver) => drivers.get(driver)?.spec.attachRequired !== false,
    };
    this.#recorder = context.recorder("attachdetach-controller");
  }

  forget(attachment: string): void {
    this.#unneededSince.delete(attachment);
  }

  async reconcile(nodeName: string, signal: AbortSignal): Promise<Outcome> {
    const node = this.#nodes.get(nodeName);
    // Its kubelet attaches for itself, under the same names.
    if (node && !isManaged(node)) return done;
    const wanted = wantedVolumes(node, this.#pods.byIndex(byNode, nodeName), this.#sources);
    const present = new Map<string, Attachment>();
    for (const attachment of this.#attachments.byIndex(byNode, nodeName)) {
      const name = this.#ownName(attachment);
      if (name !== undefined) present.set(name, attachment);
    }
    let isWaiting = false;
    const detached: [string, Attachment][] = [];
    for (const [name, attachment] of present) {
      if (wanted.has(name)) this.#unneededSince.delete(attachment.metadata.name ?? "");
      else if (this.#mayDetach(node, name, attachment)) detached.push([name, attachment]);
      else isWaiting = true;
    }
    const leaving = new Set(detached.map(([name]) => name));
    await this.#report(node, present, leaving, signal);
    for (const [, attachment] of detached) await this.#detach(attachment, signal);
    const before = this.#told.get(nodeName);
    const told = new Map<string, string>();
    for (const [name, volume] of wanted) {
      const attachment = present.get(name);
      const said = attachment ? stateOf(attachment) : await this.#attach(nodeName, volume, signal);
      told.set(name, said);
      if (said === elsewhere) isWaiting = true;
      if (before?.get(name) !== said) this.#tell(nodeName, said, volume);
    }
    if (told.size > 0) this.#told.set(nodeName, told);
    else this.#told.delete(nodeName);
    return isWaiting ? { requeueAfterMs: againMs } : done;
  }

  /** The unique name of the volume of an attachment that we made; others' attachments are theirs. */
  #ownName({ metadata, spec }: Attachment): string | undefined {
    const handle = this.#sources.volumeOf(spec.source.persistentVolumeName ?? "")?.spec?.csi?.volumeHandle;
    if (handle === undefined) return undefined;
    const isOurs = metadata.name === attachmentName(handle, spec.attacher, spec.nodeName);
    return isOurs ? uniqueName(spec.attacher, handle) : undefined;
  }

  #mayDetach(node: Readonly<Node> | undefined, name: string, { metadata }: Attachment): boolean {
    if (metadata.deletionTimestamp) return false;
    const now = this.#context.clock.now();
    const since = this.#unneededSince.get(metadata.name ?? "") ?? now;
    this.#unneededSince.set(metadata.name ?? "", since);
    if (!isInUse(node, name) || isOutOfService(node)) return true;
    return !isNodeReady(node) && now - since > unmountMs;
  }

  /** Says on the node what is attached: before a volume is taken away, so that nobody begins to use it. */
  async #report(
    node: Readonly<Node> | undefined,
    present: ReadonlyMap<string, Attachment>,
    leaving: ReadonlySet<string>,
    signal: AbortSignal,
  ): Promise<void> {
    if (!node) return;
    const shown = node.status?.volumesAttached ?? [];
    const names = [...present]
      .filter(
        ([name, attachment]) => isAttached(attachment) && !attachment.metadata.deletionTimestamp && !leaving.has(name),
      )
      .map(([name]) => name)
      .sort();
    const isOurs = (name: string) => name.startsWith("kubernetes.io/csi/");
    const before = shown.map(({ name }) => name).filter(isOurs);
    if (before.length === names.length && before.toSorted().every((name, at) => name === names[at])) return;
    const others = shown.filter(({ name }) => !isOurs(name));
    const volumesAttached = [...others, ...names.map((name) => ({ name, devicePath: "" }))];
    const { name = "", uid = "" } = node.metadata;
    const patch = {
      metadata: { uid },
      status: { volumesAttached: volumesAttached.length > 0 ? volumesAttached : null },
    };
    try {
      await this.#context.client.nodes.patch({ name }, patch, { type: "merge", subresource: "status", signal });
    } catch (error) {
      if (!isNotFound(error)) throw error;
    }
  }

  async #detach({ metadata }: Attachment, signal: AbortSignal): Promise<void> {
    const { name = "", uid = "" } = metadata;
    try {
      await this.#context.client.volumeattachments.delete({ name }, { signal, body: { preconditions: { uid } } });
    } catch (error) {
      if (!isNotFound(error)) throw error;
    }
  }

  /** How it stands afterwards: on its way, or not now, because another node has it. */
  async #attach(nodeName: string, { volume, driver, handle }: Wanted, signal: AbortSignal): Promise<string> {
    const { name: volumeName = "" } = volume.metadata;
    if (!isShared(volume) && this.#otherNodes(nodeName, volumeName).length > 0) return elsewhere;
    const name = attachmentName(handle, driver, nodeName);
    const spec = { attacher: driver, nodeName, source: { persistentVolumeName: volumeName } };
    try {
      await this.#context.client.volumeattachments.create({ metadata: { name }, spec }, { signal });
    } catch (error) {
      if (!isAlreadyExists(error)) throw error;
    }
    return "";
  }

  #otherNodes(nodeName: string, volumeName: string): string[] {
    const attachments = [...this.#attachments.byIndex(byVolume, volumeName)];
    return attachments.map(({ spec }) => spec.nodeName).filter((name) => name !== nodeName);
  }

  #usersOn(nodeName: string, name: string): readonly Readonly<Pod>[] {
    const pods = this.#pods.byIndex(byNode, nodeName);
    return wantedVolumes(this.#nodes.get(nodeName), pods, this.#sources).get(name)?.pods ?? [];
  }

  #tell(nodeName: string, said: string, { volume, driver, handle, pods }: Wanted): void {
    if (said === "") return;
    const { name: volumeName = "" } = volume.metadata;
    const quoted = JSON.stringify(volumeName);
    const others =
      said === elsewhere
        ? this.#otherNodes(nodeName, volumeName).flatMap((node) => this.#usersOn(node, uniqueName(driver, handle)))
        : [];
    for (const pod of pods) {
      if (said === attached) {
        this.#recorder.normal(pod, "SuccessfulAttachVolume", `AttachVolume.Attach succeeded for volume ${quoted} `);
      } else if (said === elsewhere) {
        this.#recorder.warning(pod, "FailedAttachVolume", multiAttachText(volumeName, pod, others));
      } else {
        this.#recorder.warning(pod, "FailedAttachVolume", `AttachVolume.Attach failed for volume ${quoted} : ${said}`);
      }
    }
  }
}

const attached = "attached";
const elsewhere = "elsewhere";

/** Attached, the driver's own words when it failed, or nothing while it is on its way. */
const stateOf = ({ status }: Attachment): string =>
  status?.attached ? attached : (status?.attachError?.message ?? "");

/** The one name that upstream's kubelet looks for. */
const attachmentName = (handle: string, driver: string, node: string): string =>
  `csi-${createHash("sha256").update(`${handle}${driver}${node}`).digest("hex")}`;
