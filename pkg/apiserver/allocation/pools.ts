/** The pools of a cluster: addresses of Services, and ports of nodes. */
import { randomInt } from "node:crypto";
import { type AddressRange, addressAt, parseAddress, parseRange, printAddress } from "./address-range.ts";
import type { Pool } from "./allocator.ts";

/** A bound on random offsets into huge IPv6 ranges. */
const offsetMax = 2 ** 40;

export function addressPool(cidr: string): Pool {
  const range = parseRange(cidr);
  const first = 1n;
  // The last IPv4 address of a block is its broadcast address.
  const count = range.size - (range.family === 4 ? 2n : 1n);
  return {
    contains: (value) => isInside(range, value, first, count),
    random: () =>
      addressAt(range, first + BigInt(randomInt(Number(count > BigInt(offsetMax) ? BigInt(offsetMax) : count)))),
    *all() {
      for (let n = first; n < first + count; n++) yield printAddress(range.base + n, range.family);
    },
    texts: {
      outside: () => `the provided IP is not in the valid range. The range of valid IPs is ${cidr}`,
      taken: "provided IP is already allocated",
      full: "range is full",
    },
  };
}

function isInside(range: AddressRange, value: string, first: bigint, count: bigint): boolean {
  const address = parseAddress(value);
  if (address === undefined || value.includes(":") !== (range.family === 6)) return false;
  return address >= range.base + first && address < range.base + first + count;
}

export function portPool({ from, to }: { readonly from: number; readonly to: number }): Pool {
  return {
    contains: (value) => Number(value) >= from && Number(value) <= to,
    random: () => String(from + randomInt(to - from + 1)),
    *all() {
      for (let port = from; port <= to; port++) yield String(port);
    },
    texts: {
      outside: () => `provided port is not in the valid range. The range of valid ports is ${from}-${to}`,
      taken: "provided port is already allocated",
      full: "range is full",
    },
  };
}
