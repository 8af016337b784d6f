/** Which device of the cluster is meant. */
import type { DeviceRequestAllocationResult } from "#api/types/resource.k8s.io/v1";

export interface DeviceName {
  readonly driver: string;
  readonly pool: string;
  readonly device: string;
}

/** `driver/pool/device`: a driver's name has no slash and a device's has none, so that no two devices share a text. */
export type DeviceId = string;

export const deviceIdOf = ({ driver, pool, device }: DeviceName): DeviceId => `${driver}/${pool}/${device}`;

/** The devices that nobody else may have: access for administrators takes none. */
export const takenBy = (results: readonly DeviceRequestAllocationResult[] | undefined): DeviceId[] =>
  (results ?? []).filter(({ adminAccess }) => !adminAccess).map(deviceIdOf);
