/**
 * What the columns of tables say. Most of it is upstream's words and no part of this repository: `make build` and `make
 * generate` put them into a file beside this module (hack/descriptions). Without it columns say nothing.
 */
import { existsSync, readFileSync } from "node:fs";
import type { ResourceDef } from "#api/index.ts";

type Texts = Readonly<Record<string, string>>;

export interface ColumnTexts {
  /** By column, of whatever resource. */
  readonly every: Texts;
  /** By plural and column. */
  readonly resources: Readonly<Record<string, Texts>>;
}

export const columnTextsFile = new URL("./column-descriptions.json", import.meta.url);

const none: ColumnTexts = { every: {}, resources: {} };

/** Read with the first table. */
let read: ColumnTexts | undefined;

/** Empty where nothing is known of the column. */
export function columnText({ plural }: ResourceDef, column: string): string {
  read ??= existsSync(columnTextsFile) ? (JSON.parse(readFileSync(columnTextsFile, "utf8")) as ColumnTexts) : none;
  const own = Object.hasOwn(read.resources, plural) ? read.resources[plural] : undefined;
  for (const texts of [own, read.every]) if (texts && Object.hasOwn(texts, column)) return texts[column] ?? "";
  return "";
}
