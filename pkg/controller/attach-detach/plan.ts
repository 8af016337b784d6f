/** Which volumes should be attached to a node. Pure. https://kubernetes.io/docs/concepts/storage/volumes/#csi */
import type { Node, PersistentVolume, PersistentVolumeClaim, Pod, Volume } from "#api/types/core/v1";
import type { VolumeAttachment } from "#api/types/storage.k8s.io/v1";
import { isTerminal } from "../framework/pods.ts";

type Attachment = Readonly<VolumeAttachment>;

const outOfService = "node.kubernetes.io/out-of-service";
/** Where the kubelet leaves attaching to us. */
const managedAnnotation = "volumes.kubernetes.io/controller-managed-attach-detach";
const keepsTerminatedAnnotation = "volumes.kubernetes.io/keep-terminated-pod-volumes";

/** A volume that pods of a node need. */
export interface Wanted {
  readonly volume: Readonly<PersistentVolume>;
  readonly driver: string;
  readonly handle: string;
  readonly pods: Readonly<Pod>[];
}

export const isManaged = ({ metadata }: Readonly<Node>): boolean =>
  metadata.annotations?.[managedAnnotation] === "true";

/** How a node's status names a volume. */
export const uniqueName = (driver: string, handle: string): string => `kubernetes.io/csi/${driver}^${handle}`;

export interface Sources {
  readonly claimOf: (namespace: string, name: string) => Readonly<PersistentVolumeClaim> | undefined;
  readonly volumeOf: (name: string) => Readonly<PersistentVolume> | undefined;
  /** Drivers may say that their volumes need no attaching. */
  readonly needsAttach: (driver: string) => boolean;
}

/** By the unique name. */
export function wantedVolumes(
  node: Readonly<Node> | undefined,
  pods: Iterable<Readonly<Pod>>,
  sources: Sources,
): ReadonlyMap<string, Wanted> {
  const wanted = new Map<string, Wanted>();
  if (!node) return wanted;
  const keepsTerminated = node.metadata.annotations?.[keepsTerminatedAnnotation] === "true";
  for (const pod of pods) {
    if (isTerminal(pod) && !keepsTerminated) continue;
    for (const each of pod.spec.volumes ?? []) {
      const volume = persistentVolumeOf(pod, each, sources);
      const { driver = "", volumeHandle = "" } = volume?.spec?.csi ?? {};
      if (!volume || driver === "" || !sources.needsAttach(driver)) continue;
      const name = uniqueName(driver, volumeHandle);
      const known = wanted.get(name) ?? { volume, driver, handle: volumeHandle, pods: [] };
      known.pods.push(pod);
      wanted.set(name, known);
    }
  }
  return wanted;
}

function persistentVolumeOf(
  { metadata }: Readonly<Pod>,
  { name, persistentVolumeClaim, ephemeral }: Volume,
  { claimOf, volumeOf }: Sources,
): Readonly<PersistentVolume> | undefined {
  const claimName = persistentVolumeClaim?.claimName ?? (ephemeral ? `${metadata.name}-${name}` : undefined);
  const claim = claimName === undefined ? undefined : claimOf(metadata.namespace ?? "", claimName);
  const volume = claim?.status?.phase === "Bound" ? volumeOf(claim.spec?.volumeName ?? "") : undefined;
  return volume?.spec?.claimRef?.uid === claim?.metadata.uid ? volume : undefined;
}

/** Whether several nodes may have it at once. */
export function isShared({ spec }: Readonly<PersistentVolume>): boolean {
  const modes = spec?.accessModes ?? [];
  return modes.length === 0 || modes.some((mode) => mode === "ReadWriteMany" || mode === "ReadOnlyMany");
}

/** Why a pod does not get a volume that is on other nodes; pods of other namespaces are not named to it. */
export function multiAttachText(volume: string, pod: Readonly<Pod>, others: readonly Readonly<Pod>[]): string {
  const local = others.filter(({ metadata }) => metadata.namespace === pod.metadata.namespace);
  const foreign = others.length - local.length;
  const prefix = `Multi-Attach error for volume ${JSON.stringify(volume)}`;
  if (others.length === 0) {
    return `${prefix} Volume is already exclusively attached to one node and can't be attached to another`;
  }
  if (local.length === 0) return `${prefix} Volume is already used by ${foreign} pod(s) in different namespaces`;
  const names = local.map(({ metadata }) => metadata.name).join(", ");
  const more = foreign > 0 ? ` and ${foreign} pod(s) in different namespaces` : "";
  return `${prefix} Volume is already used by pod(s) ${names}${more}`;
}

export const isAttached = ({ status }: Attachment): boolean => status?.attached === true;

/** A node that cannot unmount any more: its volumes are taken from it. */
export const isOutOfService = (node: Readonly<Node> | undefined): boolean =>
  node?.spec?.taints?.some(({ key }) => key === outOfService) ?? false;
export const isNodeReady = (node: Readonly<Node> | undefined): boolean =>
  node?.status?.conditions?.some(({ type, status }) => type === "Ready" && status === "True") ?? false;
export const isInUse = (node: Readonly<Node> | undefined, name: string): boolean =>
  node?.status?.volumesInUse?.includes(name) ?? false;
