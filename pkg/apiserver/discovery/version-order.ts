/** The order of API versions: `v2` before `v1` before `v1beta2` before `v1beta1` before `v1alpha1` before anything else. */

interface VersionRank {
  readonly major: number;
  /** 2 stable, 1 beta, 0 alpha. */
  readonly stability: number;
  readonly minor: number;
}

/** Negative when `a` is less preferred than `b`. Names that are no Kubernetes version come last, in reverse alphabetical order. */
export function compareVersions(a: string, b: string): number {
  const [left, right] = [rankOf(a), rankOf(b)];
  if (!left || !right) {
    if (left) return 1;
    if (right) return -1;
    return a === b ? 0 : a < b ? 1 : -1;
  }
  return left.stability - right.stability || left.major - right.major || left.minor - right.minor;
}

function rankOf(version: string): VersionRank | undefined {
  const match = /^v([1-9]\d*)(?:(alpha|beta)([1-9]\d*))?$/.exec(version);
  if (!match) return undefined;
  const stability = match[2] === undefined ? 2 : match[2] === "beta" ? 1 : 0;
  return { major: Number(match[1]), stability, minor: Number(match[3] ?? 0) };
}
