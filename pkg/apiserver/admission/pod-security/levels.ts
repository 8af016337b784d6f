/** The levels of the Pod Security Standards and the versions in which they are frozen. */

export const levels = ["privileged", "baseline", "restricted"] as const;
export type Level = (typeof levels)[number];

/** `latest`, or `v1.N` of a release. Equal versions are equal texts. */
export type PolicyVersion = string;

export interface LevelVersion {
  readonly level: Level;
  readonly version: PolicyVersion;
}

export const printLevel = ({ level, version }: LevelVersion): string => `${level}:${version}`;

export const sameLevel = (a: LevelVersion, b: LevelVersion): boolean =>
  a.level === b.level && (a.level === "privileged" || a.version === b.version);

/** Whether `a` forbids more than `b`. */
export const isStricter = (a: Level, b: Level): boolean => levels.indexOf(a) > levels.indexOf(b);

export const wrongLevel = `must be one of ${levels.join(", ")}`;
export const wrongVersion = 'must be "latest" or "v1.x"';

export const isLevel = (text: string): text is Level => (levels as readonly string[]).includes(text);

export const isVersion = (text: string): boolean =>
  text === "latest" || (/^v1\.(0|[1-9]\d*)$/.test(text) && BigInt(text.slice(3)) <= minorMax);

/** What Go's int holds. */
const minorMax = 2n ** 63n - 1n;

/** The minor release; of `latest`, infinity. */
export const minorOf = (version: PolicyVersion): number =>
  version === "latest" ? Number.POSITIVE_INFINITY : Number(version.slice(3));
