/** What claims ask for, in one form: each request as the list of its alternatives, best first. */
import type {
  DeviceClass,
  DeviceRequest,
  DeviceSelector,
  DeviceSubRequest,
  ExactDeviceRequest,
  ResourceClaim,
} from "#api/types/resource.k8s.io/v1";
import { keyOf } from "#pkg/apimachinery/object.ts";
import type { Candidate } from "./pools.ts";
import { choose } from "./selectors.ts";

export type Claim = Readonly<ResourceClaim>;

export type ClassOf = (name: string) => Readonly<DeviceClass> | undefined;

/** One way to satisfy a request. */
export interface Wish {
  /** The request's name. */
  readonly request: string;
  /** As results call it: the request's name, or `request/alternative`. */
  readonly name: string;
  /** Its own name: that of the request or of the alternative. */
  readonly ownName: string;
  readonly deviceClass: Readonly<DeviceClass>;
  readonly mode: string;
  readonly count: number;
  readonly adminAccess: boolean;
  /** Whether class and request choose the device; remembered. Throws an Error in upstream's words. */
  accepts(candidate: Candidate): boolean;
}

export interface ClaimWishes {
  readonly claim: Claim;
  /** One entry a request. */
  readonly requests: readonly (readonly Wish[])[];
}

/** Throws an Error in upstream's words for a claim that nothing can satisfy as it is written. */
export const wishesOf = (claim: Claim, classOf: ClassOf): ClaimWishes => ({
  claim,
  requests: (claim.spec.devices?.requests ?? []).map((request) => alternativesOf(request, claim, classOf)),
});

function alternativesOf(request: DeviceRequest, claim: Claim, classOf: ClassOf): Wish[] {
  const { name, exactly, firstAvailable = [] } = request;
  if (firstAvailable.length === 0) {
    return [wishOf({ request: name, name, ownName: name, wanted: exactly, claim }, classOf)];
  }
  return firstAvailable.map((wanted) =>
    wishOf({ request: name, name: `${name}/${wanted.name}`, ownName: wanted.name, wanted, claim }, classOf),
  );
}

interface Asked extends Pick<Wish, "request" | "name" | "ownName"> {
  readonly wanted: ExactDeviceRequest | DeviceSubRequest | undefined;
  readonly claim: Claim;
}

function wishOf({ request, name, ownName, wanted, claim }: Asked, classOf: ClassOf): Wish {
  const where = `claim ${keyOf(claim)}, request ${ownName}`;
  const selectors = wanted?.selectors ?? [];
  const empty = selectors.findIndex(({ cel }) => !cel);
  if (empty >= 0) {
    throw new Error(`${where}, selector #${empty}: CEL expression empty (unsupported selector type?)`);
  }
  if (!wanted?.deviceClassName) throw new Error(`${where}: missing device class name (unsupported request type?)`);
  const deviceClass = classOf(wanted.deviceClassName);
  if (!deviceClass) {
    const why = `deviceclass.resource.k8s.io ${JSON.stringify(wanted.deviceClassName)} not found`;
    throw new Error(`${where}: could not retrieve device class ${wanted.deviceClassName}: ${why}`);
  }
  const mode: string = wanted.allocationMode ?? "";
  if (mode !== "All" && mode !== "ExactCount") throw new Error(`${where}: unsupported count mode ${mode}`);
  const adminAccess = "adminAccess" in wanted && wanted.adminAccess === true;
  const accepts = remembered((candidate) => isAccepted(candidate, deviceClass, selectors, claim));
  return { request, name, ownName, deviceClass, mode, count: Number(wanted.count ?? 0), adminAccess, accepts };
}

function isAccepted(
  candidate: Candidate,
  { metadata, spec }: Readonly<DeviceClass>,
  selectors: readonly DeviceSelector[],
  claim: Claim,
): boolean {
  // Devices that have to be attached first belong to a feature that is off in this version.
  if ((candidate.device.bindingConditions?.length ?? 0) > 0) return false;
  return (
    choose(spec?.selectors ?? [], candidate, `class ${metadata.name}`) &&
    choose(selectors, candidate, `claim ${keyOf(claim)}`)
  );
}

/** Devices that several nodes can use are looked at once. */
function remembered(look: (candidate: Candidate) => boolean): (candidate: Candidate) => boolean {
  const known = new Map<Candidate, boolean>();
  return (candidate) => {
    const before = known.get(candidate);
    if (before !== undefined) return before;
    const now = look(candidate);
    known.set(candidate, now);
    return now;
  };
}
