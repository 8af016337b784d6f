/** Rules on paths inside volumes and containers. */
import { invalid } from "#pkg/apimachinery/validation/field-error.ts";
import type { Findings } from "./findings.ts";

const climbs = (text: string): boolean => text.split("/").includes("..");

export function* pathWithoutClimbing(path: string, text: string): Findings {
  if (climbs(text)) yield invalid(path, text, "must not contain '..'");
}

/** Relative, and not leading out of where it starts. */
export function* descendingPath(path: string, text: string): Findings {
  if (text.startsWith("/")) yield invalid(path, text, "must be a relative path");
  yield* pathWithoutClimbing(path, text);
}

/** As `descendingPath`, and not one of the names that volumes use for themselves (`..data`). */
export function* fileInVolume(path: string, text: string): Findings {
  yield* descendingPath(path, text);
  if (text.startsWith("..") && !text.startsWith("../")) yield invalid(path, text, "must not start with '..'");
}
