/** Values that are a number or a percentage (`maxUnavailable: 1`, `25%`) or a number or a name (ports). */

export type IntOrString = number | string;

const percentPattern = /^([+-]?\d+)%$/;

/** The percentage that a text holds; undefined where it is not one. */
export function parsePercent(value: IntOrString): number | undefined {
  if (typeof value === "number") return undefined;
  const match = percentPattern.exec(value);
  return match ? Number(match[1]) : undefined;
}

/**
 * The value itself, or its percentage of `total`, rounded up or down.
 * Throws an Error with upstream's text for a string that is no percentage.
 */
export function scaledValue(value: IntOrString, total: number, round: "up" | "down"): number {
  if (typeof value === "number") return value;
  const percent = parsePercent(value);
  if (percent === undefined) {
    const why = value.endsWith("%")
      ? `invalid value ${JSON.stringify(value)}: strconv.Atoi: parsing ${JSON.stringify(value.slice(0, -1))}: invalid syntax`
      : "invalid type: string is not a percentage";
    throw new Error(`invalid value for IntOrString: ${why}`);
  }
  const scaled = (percent * total) / 100;
  return round === "up" ? Math.ceil(scaled) : Math.floor(scaled);
}

/** A number as such, or as text (`"80"`); undefined for names. */
export function intValue(value: IntOrString): number | undefined {
  if (typeof value === "number") return value;
  return /^[+-]?\d+$/.test(value) ? Number(value) : undefined;
}
