/** The rules of what became of a claim: which devices it got, who uses it, and how the devices fare. */
import type {
  AllocatedDeviceStatus,
  AllocationResult,
  DeviceAllocationConfiguration,
  DeviceRequestAllocationResult,
  NetworkDeviceData,
  ResourceClaim,
  ResourceClaimConsumerReference,
} from "#api/types/resource.k8s.io/v1";
import {
  type FieldError,
  forbidden,
  invalid,
  required,
  tooLong,
  tooMany,
} from "#pkg/apimachinery/validation/field-error.ts";
import { nodeSelector } from "../../shared/affinity.ts";
import { conditions } from "../../shared/conditions.ts";
import { type Findings, requiredOneOf, say } from "../../shared/findings.ts";
import { immutable } from "../../shared/immutable.ts";
import { internalForm } from "../../shared/internal-form/index.ts";
import { labelErrors } from "../../shared/names.ts";
import { boundedList } from "../devices/bounded.ts";
import { configurationsMax, requestNamesOf, requestReferences } from "../devices/claim.ts";
import { deviceConfiguration, rawObject } from "../devices/configuration.ts";
import { driverName, poolName, type RequestNames, requestReference } from "../devices/names.ts";
import { interfaceAddress } from "./interface-address.ts";

const reservedForMax = 256;
const resultsMax = 32;
const conditionsMax = 8;
const addressesMax = 16;
const interfaceNameMax = 256;
const hardwareAddressMax = 128;
const sources = ["FromClaim", "FromClass"];

type DeviceIdentity = Pick<AllocatedDeviceStatus, "driver" | "pool" | "device">;

/** One device of the cluster. */
const identityOf = ({ driver, pool, device }: DeviceIdentity): object => ({
  Driver: driver ?? "",
  Pool: pool ?? "",
  Device: device ?? "",
  // Of a feature that is off.
  ShareID: "",
});
export const identityText = (device: DeviceIdentity): string => JSON.stringify(identityOf(device));

export function validateClaimStatus(next: Readonly<ResourceClaim>, old: Readonly<ResourceClaim>): FieldError[] {
  const { reservedFor = [], devices, allocation } = next.status ?? {};
  const allocated = new Set((allocation?.devices?.results ?? []).map(identityText));
  return [
    ...boundedList("status.reservedFor", reservedFor, {
      max: reservedForMax,
      rule: consumer,
      key: ({ uid }) => uid ?? "",
    }),
    ...boundedList("status.devices", devices, {
      rule: (path, device) => deviceStatus(path, device, allocated),
      key: identityOf,
    }),
    ...reservations("status.reservedFor", next, old),
    ...allocationRules("status.allocation", next, old),
  ];
}

function* consumer(path: string, { resource, name, uid }: ResourceClaimConsumerReference): Findings {
  if (!resource) yield required(`${path}.resource`);
  if (!name) yield required(`${path}.name`);
  if (!uid) yield required(`${path}.uid`);
}

/** Nobody reserves what is not allocated, and nobody new what goes. */
function* reservations(path: string, next: ResourceClaim, old: ResourceClaim): Findings {
  const reserved = next.status?.reservedFor ?? [];
  if (reserved.length === 0) return;
  if (!next.status?.allocation) yield forbidden(path, "may not be specified when `allocated` is not set");
  else if (next.metadata.deletionTimestamp) {
    const before = new Set((old.status?.reservedFor ?? []).map(({ uid }) => uid));
    if (reserved.some(({ uid }) => !before.has(uid))) {
      const text = "new entries may not be added while `deallocationRequested` or `deletionTimestamp` are set";
      yield forbidden(path, text);
    }
  }
}

/** An allocation is made once. */
function* allocationRules(path: string, next: ResourceClaim, old: ResourceClaim): Findings {
  const [now, before] = [next.status?.allocation, old.status?.allocation];
  if (!now) return;
  if (before) yield* immutable(path, now, before, internalForm(now, "AllocationResult"));
  else yield* allocationResult(path, now, requestNamesOf(next.spec?.devices ?? {}));
}

function* allocationResult(path: string, { devices, nodeSelector: selector }: AllocationResult, names: RequestNames) {
  yield* boundedList(`${path}.devices.results`, devices?.results, {
    max: resultsMax,
    rule: (at, result) => requestResult(at, result, names),
  });
  yield* boundedList(`${path}.devices.config`, devices?.config, {
    // What the class and what the claim configures.
    max: 2 * configurationsMax,
    rule: (at, config) => allocatedConfiguration(at, config, names),
  });
  if (selector) yield* nodeSelector(`${path}.nodeSelector`, selector);
}

function* requestResult(path: string, of: DeviceRequestAllocationResult, names: RequestNames): Findings {
  yield* requestReference(`${path}.request`, of.request ?? "", names);
  yield* identity(path, of);
}

function* identity(path: string, { driver, pool, device }: DeviceIdentity): Findings {
  yield* driverName(`${path}.driver`, driver);
  yield* poolName(`${path}.pool`, pool);
  yield* say(`${path}.device`, device ?? "", labelErrors(device ?? ""));
}

function* allocatedConfiguration(path: string, of: DeviceAllocationConfiguration, names: RequestNames): Findings {
  yield* requiredOneOf(`${path}.source`, of.source, sources);
  yield* requestReferences(`${path}.requests`, of.requests, names);
  yield* deviceConfiguration(path, of, { stored: false });
}

function* deviceStatus(path: string, of: AllocatedDeviceStatus, allocated: ReadonlySet<string>): Findings {
  yield* identity(path, of);
  if (!allocated.has(identityText(of))) yield invalid(path, identityOf(of), "must be an allocated device in the claim");
  const count = of.conditions?.length ?? 0;
  if (count > conditionsMax) yield tooMany(`${path}.conditions`, count, conditionsMax);
  yield* conditions(`${path}.conditions`, of.conditions);
  if (of.data !== undefined) yield* rawObject(`${path}.data`, of.data, { stored: false });
  if (of.networkData) yield* networkData(`${path}.networkData`, of.networkData);
}

function* networkData(path: string, { interfaceName, hardwareAddress, ips }: NetworkDeviceData): Findings {
  if ((interfaceName?.length ?? 0) > interfaceNameMax) yield tooLong(`${path}.interfaceName`, interfaceNameMax);
  if ((hardwareAddress?.length ?? 0) > hardwareAddressMax) yield tooLong(`${path}.hardwareAddress`, hardwareAddressMax);
  yield* boundedList(`${path}.ips`, ips, { max: addressesMax, rule: interfaceAddress, key: (address) => address });
}
