/** Takes addresses for Services from the ranges that are ready, by creating a record of each. */
import { randomBytes } from "node:crypto";
import type { Logger } from "#pkg/apimachinery/log.ts";
import { type Address, parseAddress, printAddress } from "#pkg/apimachinery/net/address.ts";
import { type AddressRange, containsAddress, printRange } from "#pkg/apimachinery/net/range.ts";
import {
  type AddressAllocator,
  type AddressHolder,
  type AddressRequest,
  type IpFamily,
  RangeFullError,
} from "#pkg/registry/strategy.ts";
import { addressesInOrder, usableOffsets } from "./address-order.ts";
import { type AddressRecords, isHeldBy } from "./address-records.ts";
import type { ServiceRanges } from "./service-ranges.ts";

export interface AllocatorParts {
  readonly families: readonly IpFamily[];
  readonly ranges: ServiceRanges;
  readonly records: AddressRecords;
  /** Whether a Service exists now. */
  readonly holderExists: (holder: AddressHolder) => Promise<boolean>;
  /** Resolves once the ranges of the cluster are known and its records are in order; bounded in time. */
  readonly started: Promise<void>;
  readonly log: Logger;
}

/** Of addresses that others took at the same moment; each costs a write. */
const collisionsMax = 256;

const numberOf = (family: IpFamily): 4 | 6 => (family === "IPv6" ? 6 : 4);

/** Enough bits that every offset is as likely as any other. */
function random(limit: bigint): bigint {
  return BigInt(`0x${randomBytes(24).toString("hex")}`) % limit;
}

export class RecordedAddresses implements AddressAllocator {
  readonly families: readonly IpFamily[];
  readonly #parts: AllocatorParts;

  constructor(parts: AllocatorParts) {
    this.families = parts.families;
    this.#parts = parts;
  }

  async allocate(request: AddressRequest): Promise<{ readonly address: string; readonly adopted: boolean }> {
    await this.#parts.started;
    const address = request.wanted === undefined ? undefined : parseAddress(request.wanted);
    if (request.dryRun) return { address: this.#preview(request, address), adopted: false };
    if (!address) return { address: await this.#takeAny(request), adopted: false };
    return this.#takeWanted(address, request.holder);
  }

  async release(address: string, holder: AddressHolder): Promise<void> {
    const { records, log } = this.#parts;
    try {
      const record = await records.read(address);
      if (record && isHeldBy(record.spec?.parentRef, holder)) await records.delete(record);
    } catch (error) {
      log.warn({ err: error, address, ...holder }, "an address could not be released, and will be found later");
    }
  }

  /** A dry run shows the network's own address, which nobody can have. */
  #preview({ family }: AddressRequest, wanted: Address | undefined): string {
    const [range] = this.#parts.ranges.ready(numberOf(family));
    if (!range) throw new RangeFullError("range is full");
    if (!wanted) return printAddress(range.base, range.family);
    ensureUsable(range, wanted);
    return printAddress(wanted.value, wanted.family);
  }

  async #takeWanted(wanted: Address, holder: AddressHolder): Promise<{ address: string; adopted: boolean }> {
    const { ranges, records, holderExists } = this.#parts;
    const range = ranges.ready(wanted.family).find((one) => containsAddress(one, wanted));
    if (!range) throw new Error("the provided network does not match the current range");
    ensureUsable(range, wanted);
    const address = printAddress(wanted.value, wanted.family);
    if (await records.create(address, holder)) return { address, adopted: false };
    // A server may have died between the record and its Service; who creates that Service now may go on with it.
    const record = await records.read(address);
    if (record && isHeldBy(record.spec?.parentRef, holder) && !(await holderExists(holder))) {
      return { address, adopted: true };
    }
    throw new Error("provided IP is already allocated");
  }

  async #takeAny({ family, holder }: AddressRequest): Promise<string> {
    const { ranges, records } = this.#parts;
    let collisions = 0;
    for (const range of ranges.ready(numberOf(family))) {
      for (const address of addressesInOrder(range, random)) {
        if (records.isKnown(address)) continue;
        if (await records.create(address, holder)) return address;
        if (++collisions === collisionsMax) throw new Error("too many others take addresses at the same time");
      }
    }
    throw new RangeFullError("range is full");
  }
}

function ensureUsable(range: AddressRange, { family, value }: Address): void {
  const { first, last } = usableOffsets(range);
  const isInside = family === range.family && value >= range.base + first && value <= range.base + last;
  if (isInside) return;
  const text = printAddress(value, family);
  throw new Error(
    `the provided IP (${text}) is not in the valid range. The range of valid IPs is ${printRange(range)}`,
  );
}
