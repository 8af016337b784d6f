/** What is watched for want of room, and what each signal means for the node. Names are upstream's (eviction signals). Pure. */

export type PressureCondition = "MemoryPressure" | "DiskPressure" | "PIDPressure";

/** In the order in which the node's status shows them. */
export const pressureConditions: readonly PressureCondition[] = ["MemoryPressure", "DiskPressure", "PIDPressure"];

export type StarvedResource = "memory" | "ephemeral-storage" | "inodes" | "pids";

interface Meaning {
  readonly resource: StarvedResource;
  readonly condition: PressureCondition;
}

const memory: Meaning = { resource: "memory", condition: "MemoryPressure" };
const disk: Meaning = { resource: "ephemeral-storage", condition: "DiskPressure" };
const inodes: Meaning = { resource: "inodes", condition: "DiskPressure" };

const meanings = {
  "memory.available": memory,
  /** Of what all pods together may have. */
  "allocatableMemory.available": memory,
  /** The file system of the kubelet's root directory. */
  "nodefs.available": disk,
  "nodefs.inodesFree": inodes,
  /** That of the runtime's images. */
  "imagefs.available": disk,
  "imagefs.inodesFree": inodes,
  /** That of the containers' own files: one of the two above. */
  "containerfs.available": disk,
  "containerfs.inodesFree": inodes,
  "pid.available": { resource: "pids", condition: "PIDPressure" },
} as const satisfies Record<string, Meaning>;

export type Signal = keyof typeof meanings;

export const isSignal = (name: string): name is Signal => Object.hasOwn(meanings, name);

export const resourceOf = (signal: Signal): StarvedResource => meanings[signal].resource;
export const conditionOf = (signal: Signal): PressureCondition => meanings[signal].condition;

export const isMemorySignal = (signal: Signal): boolean => resourceOf(signal) === "memory";

/** One measurement: bytes, inodes or processes. */
export interface Observation {
  readonly available: number;
  readonly capacity: number;
}

/** By signal; what could not be measured is not there. */
export type Observations = ReadonlyMap<Signal, Observation>;

/** Bytes print as `52Mi`, everything else as a plain number. */
export const formatOf = (signal: Signal): "BinarySI" | "DecimalSI" =>
  resourceOf(signal) === "memory" || resourceOf(signal) === "ephemeral-storage" ? "BinarySI" : "DecimalSI";
