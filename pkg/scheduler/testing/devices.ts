/** Short builders for the facts that tests of devices state. */
import type { NodeSelector } from "#api/types/core/v1";
import type {
  Device,
  DeviceClass,
  DeviceClassSpec,
  DeviceRequest,
  ExactDeviceRequest,
  ResourceClaim,
  ResourceClaimSpec,
  ResourceSlice,
  ResourceSliceSpec,
} from "#api/types/resource.k8s.io/v1";
import { poolNameOf, type SliceIndex } from "../dynamic-resources/pools.ts";

export const driver = "gpu.example.com";

export const device = (name: string, more: Partial<Device> = {}): Device => ({ name, ...more });

/** A device with one attribute, `numa`. */
export const onNuma = (name: string, numa: number): Device => device(name, { attributes: { numa: { int: numa } } });

let slices = 0;

export interface SliceFacts extends Partial<Omit<ResourceSliceSpec, "pool">> {
  readonly pool?: string;
  readonly generation?: number;
  readonly of?: number;
}

/** A whole pool of one slice on a node of the pool's name, unless more is said. */
export function slice(pool: string, devices: readonly Device[], facts: SliceFacts = {}): ResourceSlice {
  const { generation = 1, of = 1, pool: _, ...spec } = facts;
  const place = spec.allNodes || spec.nodeSelector ? {} : { nodeName: pool };
  return {
    metadata: { name: `slice-${slices++}`, uid: `slice-${slices}`, resourceVersion: String(slices) },
    spec: {
      driver,
      pool: { name: facts.pool ?? pool, generation, resourceSliceCount: of },
      devices: [...devices],
      ...place,
      ...spec,
    },
  };
}

export const indexOf = (all: readonly ResourceSlice[]): SliceIndex => ({
  ofNode: (name) => all.filter(({ spec }) => spec.nodeName === name),
  shared: () => all.filter(({ spec }) => !spec.nodeName),
  ofPool: (name) => all.filter((one) => poolNameOf(one) === name),
});

export const deviceClass = (name: string, spec: DeviceClassSpec = {}): DeviceClass => ({ metadata: { name }, spec });

export const request = (name: string, exactly: Partial<ExactDeviceRequest> = {}): DeviceRequest => ({
  name,
  exactly: { deviceClassName: "gpu", allocationMode: "ExactCount", count: 1, ...exactly },
});

export const all = (name: string, exactly: Partial<ExactDeviceRequest> = {}): DeviceRequest => ({
  name,
  exactly: { deviceClassName: "gpu", allocationMode: "All", ...exactly },
});

export const claim = (
  name: string,
  devices: ResourceClaimSpec["devices"] = { requests: [request("r")] },
  status: ResourceClaim["status"] = {},
): ResourceClaim => ({
  metadata: { name, namespace: "default", uid: `uid-${name}`, resourceVersion: "1" },
  spec: { devices },
  status,
});

export const cel = (expression: string) => ({ cel: { expression } });

export const zoneIs = (zone: string): NodeSelector => ({
  nodeSelectorTerms: [{ matchExpressions: [{ key: "zone", operator: "In", values: [zone] }] }],
});
