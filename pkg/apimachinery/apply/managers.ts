/** The entries of managedFields: who set which fields, how, and when last. */
import type { ManagedFieldsEntry } from "#api/types/meta/v1";
import { type FieldSet, union } from "./field-set.ts";

export type Operation = "Apply" | "Update";

export interface Entry extends ManagedFieldsEntry {
  readonly fieldsV1: FieldSet;
}

/** What makes two writes those of one manager. An applier stays the same through versions. */
export interface Identity {
  readonly manager: string;
  readonly operation: Operation;
  readonly apiVersion: string;
  readonly subresource: string;
}

/** Beyond this many updaters the oldest are put together. */
const updatersMax = 10;
const ancientManager = "ancient-changes";

export function isSame(entry: Entry, { manager, operation, apiVersion, subresource }: Identity): boolean {
  return (
    entry.manager === manager &&
    entry.operation === operation &&
    (entry.subresource ?? "") === subresource &&
    (operation === "Apply" || entry.apiVersion === apiVersion)
  );
}

/** Members in the order of the API's table. */
export function makeEntry(identity: Identity, fieldsV1: FieldSet, time: string | undefined): Entry {
  const { manager, operation, apiVersion, subresource } = identity;
  return {
    manager,
    operation,
    apiVersion,
    ...(time === undefined ? {} : { time }),
    fieldsType: "FieldsV1",
    fieldsV1,
    ...(subresource === "" ? {} : { subresource }),
  };
}

let lastSecond = Number.NaN;
let lastTimestamp = "";

/** Of the many writes in one second only the first works it out. */
export function timestamp(now: Date): string {
  const second = Math.floor(now.getTime() / 1000);
  if (second !== lastSecond) {
    lastTimestamp = `${new Date(second * 1000).toISOString().slice(0, 19)}Z`;
    lastSecond = second;
  }
  return lastTimestamp;
}

/** Appliers first, then by time, name, version, subresource. */
export function sortEntries(entries: readonly Entry[]): Entry[] {
  if (entries.length < 2) return [...entries];
  const keyed = entries.map((entry) => ({ entry, seconds: secondsOf(entry) }));
  keyed.sort(
    (a, b) =>
      compareText(a.entry.operation, b.entry.operation) ||
      a.seconds - b.seconds ||
      compareText(a.entry.manager, b.entry.manager) ||
      compareText(a.entry.apiVersion, b.entry.apiVersion) ||
      compareText(a.entry.subresource, b.entry.subresource),
  );
  return keyed.map(({ entry }) => entry);
}

const compareText = (a = "", b = ""): number => (a === b ? 0 : a < b ? -1 : 1);

const secondsOf = ({ time }: Entry): number => (time === undefined ? 0 : Math.floor(Date.parse(time) / 1000));

/** Merges the oldest updaters of each version into one, until few enough are left. */
export function capUpdaters(entries: readonly Entry[]): Entry[] {
  if (entries.length <= updatersMax) return [...entries];
  const updaters = sortEntries(entries.filter((entry) => entry.operation !== "Apply"));
  let surplus = updaters.length - updatersMax;
  if (surplus <= 0) return [...entries];
  const appliers = entries.filter((entry) => entry.operation === "Apply");
  const oldest = new Map<string | undefined, Entry>();
  const kept = new Set(updaters);
  for (const updater of updaters) {
    if (surplus <= 0) break;
    const first = oldest.get(updater.apiVersion);
    if (!first) {
      oldest.set(updater.apiVersion, updater);
      continue;
    }
    kept.delete(first);
    kept.delete(updater);
    const { subresource: _, ...rest } = updater;
    const bucket = { ...rest, manager: ancientManager, fieldsV1: union(updater.fieldsV1, first.fieldsV1) };
    kept.add(bucket);
    oldest.set(updater.apiVersion, bucket);
    surplus -= 1;
  }
  return [...appliers, ...kept];
}
