/** Sums, differences, products: within the bounds of 64 bits, or an error. */
import { int64Max, int64Min } from "#pkg/apimachinery/quantity/decimal.ts";
import { identityOf } from "../compare.ts";
import { type Library, overload } from "../functions.ts";
import { CelError, Duration, ListValue, Timestamp, Uint, type Value } from "../values.ts";

const uint64Max = 2n ** 64n - 1n;

export function ensureInt(value: bigint): bigint {
  if (value > int64Max || value < int64Min) throw new CelError("integer overflow");
  return value;
}

export function ensureUint(value: bigint): Uint {
  if (value < 0n || value > uint64Max) throw new CelError("unsigned integer overflow");
  return new Uint(value);
}

export function ensureDuration(ns: bigint): Duration {
  if (ns > int64Max || ns < int64Min) throw new CelError("duration overflow");
  return new Duration(ns);
}

const timestampMin = -62_135_596_800n * 1_000_000_000n;
const timestampMax = 253_402_300_799n * 1_000_000_000n + 999_999_999n;

export function ensureTimestamp(ns: bigint): Timestamp {
  if (ns < timestampMin || ns > timestampMax) throw new CelError("timestamp overflow");
  return new Timestamp(ns);
}

interface Operation {
  readonly operator: string;
  readonly name: string;
  readonly int: (a: bigint, b: bigint) => bigint;
  readonly double?: (a: number, b: number) => number;
}

const divisor = (b: bigint, message: string): bigint => {
  if (b === 0n) throw new CelError(message);
  return b;
};

const operations: readonly Operation[] = [
  { operator: "_+_", name: "add", int: (a, b) => a + b, double: (a, b) => a + b },
  { operator: "_-_", name: "subtract", int: (a, b) => a - b, double: (a, b) => a - b },
  { operator: "_*_", name: "multiply", int: (a, b) => a * b, double: (a, b) => a * b },
  { operator: "_/_", name: "divide", int: (a, b) => a / divisor(b, "division by zero"), double: (a, b) => a / b },
  { operator: "_%_", name: "modulo", int: (a, b) => a % divisor(b, "modulus by zero") },
];

const numbers: Library = operations.flatMap(({ operator, name, int, double }) => [
  overload(`${name}_int64`, `${operator}(int, int): int`, ([a, b]: readonly bigint[]) =>
    ensureInt(int(a as bigint, b as bigint)),
  ),
  overload(`${name}_uint64`, `${operator}(uint, uint): uint`, ([a, b]: readonly Uint[]) =>
    ensureUint(int((a as Uint).value, (b as Uint).value)),
  ),
  ...(double
    ? [
        overload(`${name}_double`, `${operator}(double, double): double`, ([a, b]: readonly number[]) =>
          double(a as number, b as number),
        ),
      ]
    : []),
]);

/** Sets are united; of maps the right side's items replace those with the same keys. */
function concatenate([a, b]: readonly ListValue[]): ListValue {
  const [left, right] = [a as ListValue, b as ListValue];
  const { identity } = left;
  if (!identity) return new ListValue([...left.items, ...right.items]);
  const joined = new Map(left.items.map((item) => [identityOf(item, identity), item]));
  for (const item of right.items) {
    const id = identityOf(item, identity);
    if (identity.kind === "map" || !joined.has(id)) joined.set(id, item);
  }
  return new ListValue([...joined.values()], identity);
}

const joined: Library = [
  overload("add_string", "_+_(string, string): string", ([a, b]: readonly string[]) => `${a}${b}`),
  overload("add_bytes", "_+_(bytes, bytes): bytes", ([a, b]: readonly Uint8Array[]) =>
    Buffer.concat([a as Uint8Array, b as Uint8Array]),
  ),
  overload("add_list", "_+_(list(A), list(A)): list(A)", concatenate),
];

type Timed = Timestamp | Duration;
const ns = (value: Timed | undefined): bigint => (value as Timed).ns;

const timeSums: Library = [
  overload("add_duration_duration", "_+_(duration, duration): duration", ([a, b]: readonly Timed[]) =>
    ensureDuration(ns(a) + ns(b)),
  ),
  overload("add_duration_timestamp", "_+_(duration, timestamp): timestamp", ([a, b]: readonly Timed[]) =>
    ensureTimestamp(ns(a) + ns(b)),
  ),
  overload("add_timestamp_duration", "_+_(timestamp, duration): timestamp", ([a, b]: readonly Timed[]) =>
    ensureTimestamp(ns(a) + ns(b)),
  ),
  overload("subtract_duration_duration", "_-_(duration, duration): duration", ([a, b]: readonly Timed[]) =>
    ensureDuration(ns(a) - ns(b)),
  ),
  overload("subtract_timestamp_duration", "_-_(timestamp, duration): timestamp", ([a, b]: readonly Timed[]) =>
    ensureTimestamp(ns(a) - ns(b)),
  ),
  overload("subtract_timestamp_timestamp", "_-_(timestamp, timestamp): duration", ([a, b]: readonly Timed[]) =>
    ensureDuration(ns(a) - ns(b)),
  ),
];

const negations: Library = [
  overload("negate_int64", "-_(int): int", ([a]: readonly bigint[]) => ensureInt(-(a as bigint))),
  overload("negate_double", "-_(double): double", ([a]: readonly number[]) => -(a as number)),
];

export const arithmetic: Library = [...numbers, ...joined, ...timeSums, ...negations];

/** For `sum`: adds two values of one type. Throws CelError. */
export function addValues(a: Value, b: Value): Value {
  if (typeof a === "bigint" && typeof b === "bigint") return ensureInt(a + b);
  if (typeof a === "number" && typeof b === "number") return a + b;
  if (a instanceof Uint && b instanceof Uint) return ensureUint(a.value + b.value);
  if (a instanceof Duration && b instanceof Duration) return ensureDuration(a.ns + b.ns);
  throw new CelError("no such overload");
}
