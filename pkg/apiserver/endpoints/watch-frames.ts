/** Events as frames. One frame a representation, kept with the event and shared among all who watch. */
import { encodeObject } from "#pkg/apimachinery/codec/index.ts";
import type { KubeObject } from "#pkg/apimachinery/object.ts";
import type { StatusError } from "#pkg/apimachinery/status-error.ts";
import type { StorageEvent, StoredObject, WatchEventType } from "#pkg/storage/types.ts";
import { encodeAs, encodeFresh, encodeStored, jsonOf, partialMetadata, servedObject } from "../negotiation/objects.ts";
import type { Representation } from "../negotiation/representation.ts";
import { type TableObjects, tableOf } from "../negotiation/tables.ts";
import type { ServedResource } from "../resources/served-resource.ts";
import { KeptFrames } from "./kept-frames.ts";
import { frameProtobuf } from "./watch-protobuf.ts";

export interface FrameOptions {
  readonly resource: ServedResource;
  readonly form: Representation;
  readonly tableObjects: TableObjects;
}

const joinedPartsMax = 64;

const newline = Buffer.from("}\n");
const heads: Record<string, Buffer> = {};
for (const type of ["ADDED", "MODIFIED", "DELETED", "BOOKMARK", "ERROR"]) {
  heads[type] = Buffer.from(`{"type":"${type}","object":`);
}

const changes: readonly WatchEventType[] = ["ADDED", "MODIFIED", "DELETED"];

const keptFrames = new KeptFrames();

/** The frames of a watch. All watches of one kind make the same ones, and share them through the event's memo. */
export class EventFrames {
  readonly #options: FrameOptions;
  readonly #columns: boolean;
  /** What of two watches must be the same for their frames to be. */
  readonly key: string;
  /** Under which name the memo knows the frame, made once for the many events that come. */
  readonly #keys: ReadonlyMap<WatchEventType, string>;

  /** `columns`: a table's first event names its columns. */
  constructor(options: FrameOptions, columns: boolean) {
    this.#options = options;
    this.#columns = columns;
    const { form, resource, tableObjects } = options;
    const shown = form.view === "table" ? `/${tableObjects}/${columns}` : "";
    this.key = `${form.key}/${resource.apiVersion}${shown}`;
    this.#keys = new Map(changes.map((type) => [type, `${type}/${this.key}`]));
  }

  of(event: StorageEvent, type: WatchEventType): Buffer {
    const key = this.#keys.get(type) ?? type;
    const known = event.memo.get(key);
    return known ?? keptFrames.keep(event.memo, key, makeFrame(event, type, this.#options, this.#columns));
  }
}

/** Of a resource with more objects than this the forms that its state is told in are not kept. */
const keptStatesMax = 5_000;

/**
 * An object that was there when the watch began, as the pieces of a frame. Nobody shares it: nothing is put together that
 * the connection would only copy.
 */
export function stateFrame({ current }: StorageEvent, options: FrameOptions, columns: boolean): readonly Buffer[] {
  const { form, resource, tableObjects } = options;
  if (form.view !== "object") return [storedFrame(current, "ADDED", options, columns)];
  if (form.format === "json") return [heads["ADDED"] as Buffer, jsonOf(current, resource), newline];
  const isKept = resource.store.size <= keptStatesMax;
  const bytes = isKept
    ? encodeStored(current, resource, form, tableObjects)
    : encodeFresh(servedObject(current, resource), resource, form, tableObjects);
  return [wrap("ADDED", bytes, form)];
}

let lastParts: readonly Buffer[] = [];
let lastJoined: Buffer = Buffer.alloc(0);

/** Frames as one piece. Watches that one change woke send the same frames one after the other: they are joined once. */
export function joinFrames(parts: readonly Buffer[]): Buffer {
  if (parts.length === 1) return parts[0] as Buffer;
  if (parts.length === lastParts.length && parts.every((part, i) => part === lastParts[i])) return lastJoined;
  lastJoined = Buffer.concat(parts);
  // A long run is somebody's initial events, which nobody shares and nothing should hold.
  lastParts = parts.length <= joinedPartsMax ? parts : [];
  return lastJoined;
}

function makeFrame(event: StorageEvent, type: WatchEventType, options: FrameOptions, columns: boolean): Buffer {
  // An object that a selector no longer keeps is shown as it was, at the revision of the change.
  if (type === "DELETED" && event.type !== "DELETED" && event.previous) {
    const { resource } = options;
    const last = servedObject(event.previous, resource);
    const object = { ...last, metadata: { ...last.metadata, resourceVersion: String(event.revision) } };
    return wrap(type, encodeView(object, options, columns), options.form);
  }
  return storedFrame(event.current, type, options, columns);
}

function storedFrame(stored: StoredObject, type: WatchEventType, options: FrameOptions, columns: boolean): Buffer {
  const { form, resource, tableObjects } = options;
  if (form.view === "object") {
    const bytes =
      form.format === "json" ? jsonOf(stored, resource) : encodeStored(stored, resource, form, tableObjects);
    return wrap(type, bytes, form);
  }
  return wrap(type, encodeView(servedObject(stored, resource), options, columns), form);
}

function encodeView(object: KubeObject, { form, resource, tableObjects }: FrameOptions, columns: boolean): Buffer {
  switch (form.view) {
    case "object":
      return encodeAs(form.format, object, resource.def.type);
    case "metadata":
      return encodeAs(form.format, partialMetadata(object, form), "meta/v1.PartialObjectMetadata");
    case "table": {
      const metadata = { resourceVersion: object.metadata.resourceVersion ?? "" };
      return encodeAs(
        form.format,
        tableOf(resource, [object], { metadata, objects: tableObjects, columns, apiVersion: form.viewVersion }),
        "meta/v1.Table",
      );
    }
  }
}

function wrap(type: string, bytes: Buffer, form: Representation): Buffer {
  if (form.format === "protobuf") return frameProtobuf(type, bytes);
  if (form.format === "yaml")
    return Buffer.concat([Buffer.from(`type: ${type}\nobject:\n`), indent(bytes), Buffer.from("---\n")]);
  return Buffer.concat([heads[type] as Buffer, bytes, newline]);
}

const indent = (yaml: Buffer): Buffer => Buffer.from(yaml.toString().replace(/^(?=.)/gm, "  "));

/** Nothing up to `revision` is still to come. `initial` ends the initial events. */
export function bookmarkFrame(revision: number, initial: boolean, { resource, form }: FrameOptions): Buffer {
  const annotations = initial ? { annotations: { "k8s.io/initial-events-end": "true" } } : {};
  const metadata = { resourceVersion: String(revision), ...annotations };
  const apiVersion = form.viewVersion;
  if (form.view === "table") {
    const row = { cells: [], object: { kind: "PartialObjectMetadata", apiVersion, metadata } };
    const table = {
      kind: "Table",
      apiVersion,
      metadata: { resourceVersion: metadata.resourceVersion },
      columnDefinitions: null,
      rows: initial ? [row] : [],
    };
    return wrap("BOOKMARK", encodeAs(form.format, table, "meta/v1.Table"), form);
  }
  const partial = form.view === "metadata";
  const object = partial
    ? { kind: "PartialObjectMetadata", apiVersion, metadata }
    : { kind: resource.def.kind, apiVersion: resource.apiVersion, metadata };
  return wrap(
    "BOOKMARK",
    encodeAs(form.format, object, partial ? "meta/v1.PartialObjectMetadata" : resource.def.type),
    form,
  );
}

export function errorFrame(error: StatusError, { form }: FrameOptions): Buffer {
  const status = error.toStatus();
  const bytes =
    form.format === "json"
      ? encodeObject(status as unknown as KubeObject)
      : encodeAs(form.format, status, "meta/v1.Status");
  return wrap("ERROR", bytes, form);
}
