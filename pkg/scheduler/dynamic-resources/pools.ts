/** Pools of devices, as drivers publish them in slices: what of them a node can use. Pure. KEP-4381. */
import type { Device, ResourceSlice } from "#api/types/resource.k8s.io/v1";
import type { SelectableNode } from "#pkg/apimachinery/placement/node-selector.ts";
import { type DeviceId, deviceIdOf } from "./device-id.ts";
import { isForNode } from "./node-match.ts";

export type Slice = Readonly<ResourceSlice>;

/** A device that may be given away. */
export interface Candidate {
  readonly id: DeviceId;
  readonly driver: string;
  readonly pool: string;
  readonly device: Readonly<Device>;
  readonly slice: Slice;
}

export interface Pool {
  /** `driver/pool` */
  readonly name: string;
  /** The driver has not published all of it yet. */
  readonly isIncomplete: boolean;
  /** Two devices have one name. */
  readonly isInvalid: boolean;
  /** Only what the node can use. */
  readonly candidates: readonly Candidate[];
}

/** Every slice of the cluster, by where it can be used and by the pool that it is of. */
export interface SliceIndex {
  /** Those for this node alone. */
  ofNode(name: string): Iterable<Slice>;
  /** Those that name no node. */
  shared(): Iterable<Slice>;
  ofPool(name: string): Iterable<Slice>;
}

export const poolNameOf = ({ spec }: Slice): string => `${spec.driver}/${spec.pool.name}`;

/** Slices that choose nodes device by device belong to a feature that is off in this version: upstream skips them. */
const isKnown = ({ spec }: Slice): boolean => spec.perDeviceNodeSelection === undefined;

export function poolsFor(node: SelectableNode, index: SliceIndex): Pool[] {
  const newest = new Map<string, Slice[]>();
  for (const slices of [index.ofNode(node.name), index.shared()]) {
    for (const slice of slices) if (isKnown(slice) && isForNode(slice.spec, node)) addTo(newest, slice);
  }
  return [...newest].flatMap(([name, slices]) => poolOf(name, slices, index) ?? []);
}

/** Only the newest generation counts: a driver that changes a pool publishes it anew. */
function addTo(newest: Map<string, Slice[]>, slice: Slice): void {
  const name = poolNameOf(slice);
  const known = newest.get(name);
  const age = known ? generationOf(slice) - generationOf(known[0] as Slice) : 0;
  if (!known || age > 0) newest.set(name, [slice]);
  else if (age === 0) known.push(slice);
}

const generationOf = ({ spec }: Slice): number => Number(spec.pool.generation);

/** Undefined for a pool that is being replaced by a generation of which this node sees nothing yet. */
function poolOf(name: string, slices: readonly Slice[], index: SliceIndex): Pool | undefined {
  const [first] = slices as [Slice, ...Slice[]];
  const wanted = Number(first.spec.pool.resourceSliceCount);
  let found = slices.length;
  if (found !== wanted) {
    const all = [...index.ofPool(name)];
    if (all.some((slice) => generationOf(slice) > generationOf(first))) return undefined;
    found = all.filter((slice) => generationOf(slice) === generationOf(first)).length;
  }
  const candidates = slices.flatMap(candidatesOf);
  const isInvalid = new Set(candidates.map(({ id }) => id)).size < candidates.length;
  return { name, isIncomplete: found !== wanted, isInvalid, candidates };
}

/** Slices never change in place: what is made of one serves until another takes its place. */
const made = new WeakMap<Slice, readonly Candidate[]>();

function candidatesOf(slice: Slice): readonly Candidate[] {
  const known = made.get(slice);
  if (known) return known;
  const { driver, pool, devices = [] } = slice.spec;
  const candidates = devices.map((device) => ({
    id: deviceIdOf({ driver, pool: pool.name, device: device.name }),
    driver,
    pool: pool.name,
    device,
    slice,
  }));
  made.set(slice, candidates);
  return candidates;
}
