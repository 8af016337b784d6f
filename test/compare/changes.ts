/** All the small changes that can be made to an object: a member gone, null, or another of its kind. */

type Path = readonly (string | number)[];

export interface Mutation {
  readonly path: Path;
  /** Absent: the member goes. */
  readonly value?: unknown;
}

const texts = [
  "",
  "Bad_Value!",
  "a".repeat(300),
  "../x",
  "a.b",
  "1.2.3.4",
  "*",
  "1abc",
  "a b",
  "x/y",
  "fd00::1/64",
  "010.0.0.1",
  "10.0.0.1/33",
  "None",
  "Never",
];
const numbers = [-1, 0, 1, 70_000, 2_147_483_648, 1.5];

/** What is put in place of a value, beside nothing and null. */
function* instead(value: unknown): Generator<unknown> {
  if (typeof value === "string") yield* texts;
  else if (typeof value === "number") yield* [...numbers, value + 1];
  else if (typeof value === "boolean") yield !value;
  else if (Array.isArray(value)) {
    yield [];
    if (value.length > 0) yield* [[...value, value[0]], Array.from({ length: 25 }, () => value[0])];
  } else if (value !== null) yield {};
}

export function* mutationsOf(value: unknown, path: Path = []): Generator<Mutation> {
  if (path.length > 0 && path[0] !== "apiVersion" && path[0] !== "kind") {
    yield { path };
    yield { path, value: null };
    for (const other of instead(value)) yield { path, value: other };
  }
  if (typeof value !== "object" || value === null) return;
  for (const [key, member] of Object.entries(value)) {
    yield* mutationsOf(member, [...path, Array.isArray(value) ? Number(key) : key]);
  }
}

export function mutated(object: unknown, { path, ...how }: Mutation): unknown {
  const copy = structuredClone(object);
  let holder = copy as Record<string | number, unknown> | undefined;
  for (const step of path.slice(0, -1)) holder = holder?.[step] as typeof holder;
  const last = path.at(-1);
  if (typeof holder !== "object" || holder === null || last === undefined) return copy;
  if ("value" in how) holder[last] = structuredClone(how.value);
  else if (Array.isArray(holder)) holder.splice(Number(last), 1);
  else delete holder[last];
  return copy;
}
