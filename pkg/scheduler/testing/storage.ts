/** Short builders for claims, volumes and what describes them, and a storage that holds just these. */
import type { PersistentVolume, PersistentVolumeClaim, PodSpec } from "#api/types/core/v1";
import type {
  CSIDriver,
  CSINode,
  CSIStorageCapacity,
  StorageClass,
  VolumeAttachment,
} from "#api/types/storage.k8s.io/v1";
import { type KubeObject, keyOf } from "#pkg/apimachinery/object.ts";
import { Assumptions, type Lister } from "../volumes/assumptions.ts";
import { attachmentIndexes, type Storage, volumeIndexes } from "../volumes/storage.ts";

/** A class of this name waits for the first consumer, the other one does not. */
export const delayedClass = "delayed";
export const immediateClass = "immediate";

interface ClaimFacts {
  /** The volume that it is bound to. */
  readonly to?: string;
  readonly size?: string;
  readonly className?: string;
  readonly metadata?: PersistentVolumeClaim["metadata"];
  readonly spec?: PersistentVolumeClaim["spec"];
  readonly phase?: "Bound" | "Lost" | "Pending";
}

export function claim(name: string, facts: ClaimFacts = {}): PersistentVolumeClaim {
  const bound = facts.to === undefined ? {} : { "pv.kubernetes.io/bind-completed": "yes" };
  return {
    metadata: {
      ...{ name, namespace: "default", uid: `uid-${name}`, resourceVersion: "1" },
      ...facts.metadata,
      annotations: { ...bound, ...facts.metadata?.annotations },
    },
    spec: {
      accessModes: ["ReadWriteOnce"],
      storageClassName: facts.className ?? delayedClass,
      resources: { requests: { storage: facts.size ?? "1Gi" } },
      ...(facts.to === undefined ? {} : { volumeName: facts.to }),
      ...facts.spec,
    },
    status: { phase: facts.phase ?? (facts.to === undefined ? "Pending" : "Bound") },
  };
}

interface VolumeFacts {
  /** The node that it is on; any node when absent. */
  readonly on?: string;
  readonly size?: string;
  readonly labels?: Record<string, string>;
  readonly spec?: PersistentVolume["spec"];
}

export function volume(name: string, { on, size = "1Gi", labels = {}, spec = {} }: VolumeFacts = {}): PersistentVolume {
  const matchExpressions = [{ key: "kubernetes.io/hostname", operator: "In" as const, values: [on ?? ""] }];
  const nodeAffinity = { required: { nodeSelectorTerms: [{ matchExpressions }] } };
  return {
    metadata: { name, labels, resourceVersion: "1" },
    spec: {
      accessModes: ["ReadWriteOnce"],
      capacity: { storage: size },
      storageClassName: delayedClass,
      ...(on === undefined ? {} : { nodeAffinity }),
      ...spec,
    },
    status: { phase: "Available" },
  };
}

export const storageClass = (name: string, more: Partial<StorageClass> = {}): StorageClass => ({
  metadata: { name },
  provisioner: "kubernetes.io/no-provisioner",
  volumeBindingMode: name === immediateClass ? "Immediate" : "WaitForFirstConsumer",
  ...more,
});

/** The volumes of a pod that uses these claims. */
export const using = (...names: string[]): Partial<PodSpec> => ({
  volumes: names.map((claimName) => ({ name: claimName, persistentVolumeClaim: { claimName } })),
});

export interface StorageFacts {
  readonly claims?: PersistentVolumeClaim[];
  readonly volumes?: PersistentVolume[];
  readonly classes?: StorageClass[];
  readonly drivers?: CSIDriver[];
  readonly capacities?: CSIStorageCapacity[];
  readonly csiNodes?: CSINode[];
  readonly attachments?: VolumeAttachment[];
}

/** The arrays are read at every look, so that a test may change them. */
export function lister<T extends KubeObject>(objects: T[], indexed?: (object: T) => readonly string[]): Lister<T> {
  return {
    get: (key) => objects.find((object) => keyOf(object as KubeObject) === key),
    list: () => objects,
    byIndex: (_, value) => objects.filter((object) => indexed?.(object).includes(value)),
  };
}

export function storage(facts: StorageFacts): Storage {
  const { claims = [], volumes = [], drivers = [], capacities = [], csiNodes = [], attachments = [] } = facts;
  const { classes = [storageClass(delayedClass), storageClass(immediateClass)] } = facts;
  return {
    claims: new Assumptions(lister(claims)),
    volumes: new Assumptions(lister(volumes, volumeIndexes)),
    classes: lister(classes),
    drivers: lister(drivers),
    capacities: lister(capacities),
    csiNodes: lister(csiNodes),
    attachments: lister(attachments, attachmentIndexes),
  };
}
