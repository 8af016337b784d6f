/** How violations name things. */

/** `"a", "b"`; what is quoted is not escaped. */
export const quoted = (texts: Iterable<string>): string => [...texts].map((text) => `"${text}"`).join(", ");

/** Each once, sorted. */
export const distinct = (texts: Iterable<string>): string[] => [...new Set(texts)].sort();

export const plural = (count: number, one: string, many = `${one}s`): string => (count === 1 ? one : many);

/** `container "a"`, `containers "a", "b"`. */
export const counted = (noun: string, names: readonly string[]): string =>
  `${plural(names.length, noun)} ${quoted(names)}`;

/** Who set something: `pod and containers "a", "b"`. Empty when nobody did. */
export const setters = (isPod: boolean, containers: readonly string[]): string =>
  [...(isPod ? ["pod"] : []), ...(containers.length > 0 ? [counted("container", containers)] : [])].join(" and ");

/** An annotation as `key="value"`, quoted as Go's %q does for all but characters that cannot be printed. */
export const assignment = (key: string, value: string): string => `${key}=${JSON.stringify(value)}`;
