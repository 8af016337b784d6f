/** The recorded answers of upstream to changed objects (`test/data/validation`). */
import { readFileSync } from "node:fs";
import { portsOf } from "#pkg/registry/core/services/node-ports.ts";

type Json = Record<string, unknown>;

export interface RecordedCase {
  readonly base: string;
  readonly id: string;
  readonly op: "set" | "delete" | "add";
  readonly path: readonly (string | number)[];
  readonly value?: unknown;
  readonly want: Answer;
}

export interface Cause {
  readonly reason?: string;
  readonly message?: string;
  readonly field?: string;
}

export interface Answer {
  readonly code: number;
  readonly reason?: string;
  readonly message?: string;
  readonly details?: { readonly causes?: readonly Cause[] };
}

export interface RecordedBase {
  readonly name: string;
  /** POST: the collection. PUT: the object. */
  readonly url: string;
  /** What is sent, before the change. */
  readonly object: Json;
  readonly stored: Json;
  /** Who owned what of the stored object; absent where an update started from it. */
  readonly managedFields?: readonly Json[];
}

/** The uid of every recorded object. */
export const recordedUid = "00000000-0000-4000-8000-000000000001";
/** The version from which every update starts. */
export const recordedVersion = "1000";

const data = new URL("../data/validation/", import.meta.url);
/** Bases and cases were recorded at different times: what was random then becomes the same in both. */
const readText = (name: string) =>
  readFileSync(new URL(name, data), "utf8")
    .replace(/kube-api-access-[a-z0-9]{5}/g, "kube-api-access-xxxxx")
    .replace(/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g, recordedUid);

/** What `POST` got: the object that was sent and what was stored of it. */
export function createBases(): Map<string, RecordedBase> {
  const bases = JSON.parse(readText("bases.json")) as Record<string, Omit<RecordedBase, "name">>;
  return new Map(Object.entries(bases).map(([name, base]) => [name, { ...base, name }]));
}

const createdForUpdates = () =>
  JSON.parse(readText("update-bases.json")) as Record<string, { create: Json; url: string }>;

/** The ports that Services named: the objects that were changed stood side by side. */
export const heldNodePorts = (): number[] =>
  Object.values(createdForUpdates()).flatMap(({ create }) => (create["kind"] === "Service" ? portsOf(create) : []));

/** What `PUT` started from: the same objects, in a namespace of their own. */
export function updateBases(): Map<string, RecordedBase> {
  const created = createBases();
  const out = new Map<string, RecordedBase>();
  for (const [name, { create, url }] of Object.entries(createdForUpdates())) {
    const recorded = created.get(name);
    if (!recorded) continue;
    const stored = structuredClone(recorded.stored);
    const metadata = stored["metadata"] as Json;
    takeNamespaces(stored, create);
    metadata["uid"] = recordedUid;
    metadata["creationTimestamp"] = "2026-11-21T00:00:00Z";
    if (stored["kind"] === "CustomResourceDefinition") establish(stored);
    metadata["resourceVersion"] = recordedVersion;
    out.set(name, { name, url, stored, object: stored });
  }
  return out;
}

/** The same objects were made again in another namespace, which they name in several places. */
function takeNamespaces(target: Json, source: Json): void {
  for (const [key, value] of Object.entries(source)) {
    if (key === "namespace") target[key] = value;
    else if (isJson(value) && isJson(target[key])) takeNamespaces(target[key], value);
  }
}

const isJson = (value: unknown): value is Json => typeof value === "object" && value !== null && !Array.isArray(value);

/** By the time it was changed, a definition was served. */
function establish(definition: Json): void {
  const { names } = definition["spec"] as { names: unknown };
  const conditions = ["NamesAccepted", "Established"].map((type) => ({ type, status: "True" }));
  definition["status"] = { ...(definition["status"] as Json), acceptedNames: names, conditions };
}

export function recordedCases(file: "cases.jsonl" | "update-cases.jsonl"): RecordedCase[] {
  return readText(file)
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as RecordedCase);
}

/** The object that a case sends. */
export function mutate(object: Json, { op, path, value }: RecordedCase): Json {
  const copy = structuredClone(object);
  let at: unknown = copy;
  for (const step of op === "add" ? path : path.slice(0, -1)) at = (at as Json)[step];
  const last = path.at(-1) as string | number;
  if (op === "add") (at as Json)["unknownField"] = "x";
  else if (op === "set") define(at as Json, String(last), value);
  else if (Array.isArray(at)) at.splice(Number(last), 1);
  else delete (at as Json)[last];
  return copy;
}

function define(target: Json, key: string, value: unknown): void {
  if (key === "__proto__") {
    Object.defineProperty(target, key, { value, enumerable: true, writable: true, configurable: true });
  } else target[key] = value;
}
