/** `semver("1.2.3")`. https://kubernetes.io/docs/reference/using-api/cel/#kubernetes-semver-library */
import { type Library, overload } from "../functions.ts";
import { opaque } from "../types.ts";
import { CelError, type OpaqueValue } from "../values.ts";

const type = opaque("kubernetes.Semver");

class SemverValue implements OpaqueValue {
  readonly opaque = type;
  readonly numbers: readonly bigint[];
  readonly pre: readonly string[];
  constructor(numbers: readonly bigint[], pre: readonly string[]) {
    this.numbers = numbers;
    this.pre = pre;
  }
  equals(other: OpaqueValue): boolean {
    return compare(this, other as SemverValue) === 0;
  }
}

const numeric = "0|[1-9]\\d*";
const pattern = new RegExp(
  `^(${numeric})\\.(${numeric})\\.(${numeric})(?:-((?:${numeric}|\\d*[A-Za-z-][0-9A-Za-z-]*)(?:\\.(?:${numeric}|\\d*[A-Za-z-][0-9A-Za-z-]*))*))?(?:\\+([0-9A-Za-z-]+(?:\\.[0-9A-Za-z-]+)*))?$`,
);
/** Longer texts are no versions: the pattern is not asked. */
const lengthMax = 1_024;

/** Throws CelError in upstream's words. */
export function semverValue(text: string): SemverValue {
  const match = text.length <= lengthMax ? pattern.exec(text) : null;
  if (!match) throw new CelError(wrongWith(text));
  const numbers = match.slice(1, 4).map(BigInt);
  return new SemverValue(numbers, match[4]?.split(".") ?? []);
}

function wrongWith(text: string): string {
  if (text === "") return "Version string empty";
  const parts = text.split(".");
  if (parts.length < 3) return "No Major.Minor.Patch elements found";
  const names = ["major", "minor", "patch"];
  const numbers = [parts[0], parts[1], parts.slice(2).join(".").split(/[-+]/, 1)[0]];
  for (const [at, number = ""] of numbers.entries()) {
    const name = names[at] as string;
    if (!/^\d+$/.test(number)) return `Invalid character(s) found in ${name} number ${JSON.stringify(number)}`;
    if (/^0\d/.test(number))
      return `${name[0]?.toUpperCase()}${name.slice(1)} number must not contain leading zeroes ${JSON.stringify(number)}`;
  }
  return `Invalid character(s) found in prerelease or build of ${JSON.stringify(text.slice(0, lengthMax))}`;
}

/** `v1` → `1.0.0`: what people write for a version. Throws CelError. */
function normalize(text: string): string {
  const [major = "", minor, ...rest] = text.replace(/^v/, "").split(".");
  const parts = [major, ...(minor === undefined ? [] : [minor]), ...(rest.length > 0 ? [rest.join(".")] : [])];
  if (parts.length < 3 && /[+-]/.test(parts.at(-1) ?? "")) {
    throw new CelError("short version cannot contain PreRelease/Build meta data");
  }
  const stripped = parts.map((part) => (part.length > 1 ? part.replace(/^0+(?=\d)/, "") : part));
  while (stripped.length < 3) stripped.push("0");
  return stripped.join(".");
}

const parses = (make: () => unknown): boolean => {
  try {
    make();
    return true;
  } catch (error) {
    if (error instanceof CelError) return false;
    throw error;
  }
};

function compare(a: SemverValue, b: SemverValue): -1 | 0 | 1 {
  for (const [at, number] of a.numbers.entries()) {
    const other = b.numbers[at] as bigint;
    if (number !== other) return number < other ? -1 : 1;
  }
  // A release comes after what leads to it.
  if (a.pre.length === 0 || b.pre.length === 0) return a.pre.length === b.pre.length ? 0 : a.pre.length === 0 ? 1 : -1;
  for (const [at, part] of a.pre.entries()) {
    const other = b.pre[at];
    if (other === undefined) return 1;
    const order = comparePart(part, other);
    if (order !== 0) return order;
  }
  return a.pre.length < b.pre.length ? -1 : 0;
}

function comparePart(a: string, b: string): -1 | 0 | 1 {
  const [left, right] = [/^\d+$/.test(a), /^\d+$/.test(b)];
  if (left !== right) return left ? -1 : 1;
  if (a === b) return 0;
  return (left ? BigInt(a) < BigInt(b) : a < b) ? -1 : 1;
}

type Args = readonly SemverValue[];
type Texts = readonly (string | boolean)[];
const v = (value: SemverValue | undefined): SemverValue => value as SemverValue;
const tolerant = ([text, normalizes]: Texts): SemverValue =>
  semverValue(normalizes ? normalize(text as string) : (text as string));
const numberAt = (name: string, at: number) =>
  overload(`semver_${name}`, `kubernetes.Semver->${name}(): int`, ([a]: Args) => v(a).numbers[at] as bigint);

export const semvers: Library = [
  overload("string_to_semver", "semver(string): kubernetes.Semver", (args: Texts) => tolerant(args)),
  overload("string_bool_to_semver", "semver(string, bool): kubernetes.Semver", (args: Texts) => tolerant(args)),
  overload("is_semver_string", "isSemver(string): bool", (args: Texts) => parses(() => tolerant(args))),
  overload("is_semver_string_bool", "isSemver(string, bool): bool", (args: Texts) => parses(() => tolerant(args))),
  overload(
    "semver_is_greater_than",
    "kubernetes.Semver->isGreaterThan(kubernetes.Semver): bool",
    ([a, b]: Args) => compare(v(a), v(b)) > 0,
  ),
  overload(
    "semver_is_less_than",
    "kubernetes.Semver->isLessThan(kubernetes.Semver): bool",
    ([a, b]: Args) => compare(v(a), v(b)) < 0,
  ),
  overload("semver_compare_to", "kubernetes.Semver->compareTo(kubernetes.Semver): int", ([a, b]: Args) =>
    BigInt(compare(v(a), v(b))),
  ),
  numberAt("major", 0),
  numberAt("minor", 1),
  numberAt("patch", 2),
];
