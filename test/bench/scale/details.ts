/** What each section found last, kept in out/bench-scale/: a table has all sections, whichever ran this time. */
import { mkdir, readFile, writeFile } from "node:fs/promises";
import type { Found } from "./row.ts";
import type { Sizes } from "./section.ts";

const directory = new URL("../../../out/bench-scale/", import.meta.url);

export interface Details {
  readonly when: string;
  readonly commit: string;
  readonly sizes: Sizes;
  readonly found: Found;
}

const fileOf = (section: string): URL => new URL(`${section}.json`, directory);

/** Undefined: it never ran. */
export async function readDetails(section: string): Promise<Details | undefined> {
  try {
    return JSON.parse(await readFile(fileOf(section), "utf8")) as Details;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}

export async function keepDetails(section: string, details: Details): Promise<void> {
  await mkdir(directory, { recursive: true });
  await writeFile(fileOf(section), `${JSON.stringify(details, undefined, 2)}\n`);
}
