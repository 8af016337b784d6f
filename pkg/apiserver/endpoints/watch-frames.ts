/** Events as frames. One frame a representation, kept with the event and shared among all who watch. */
import { encodeObject } from "#pkg/apimachinery/codec/index.ts";
import type { KubeObject } from "#pkg/apimachinery/object.ts";
import type { StatusError } from "#pkg/apimachinery/status-error.ts";
import type { StorageEvent, StoredObject, WatchEventType } from "#pkg/storage/types.ts";
import { encodeAs, encodeStored, jsonOf, partialMetadata, servedObject } from "../negotiation/objects.ts";
import type { Representation } from "../negotiation/representation.ts";
import { type TableObjects, tableOf } from "../negotiation/tables.ts";
import type { ServedResource } from "../resources/served-resource.ts";
import { frameProtobuf } from "./watch-protobuf.ts";

export interface FrameOptions {
  readonly resource: ServedResource;
  readonly form: Representation;
  readonly tableObjects: TableObjects;
}

const newline = Buffer.from("}\n");
const heads: Record<string, Buffer> = {};
for (const type of ["ADDED", "MODIFIED", "DELETED", "BOOKMARK", "ERROR"]) {
  heads[type] = Buffer.from(`{"type":"${type}","object":`);
}

/** The frame of an event as one client sees it. `columns`: a table's first event names its columns. */
export function eventFrame(
  event: StorageEvent,
  type: WatchEventType,
  { columns, ...options }: FrameOptions & { readonly columns: boolean },
): Buffer {
  const { form, resource, tableObjects } = options;
  const shown = form.view === "table" ? `/${tableObjects}/${columns}` : "";
  const key = `${form.key}/${resource.apiVersion}/${type}${shown}`;
  let frame = event.memo.get(key);
  if (!frame) {
    frame = makeFrame(event, type, options, columns);
    event.memo.set(key, frame);
  }
  return frame;
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
      return encodeAs(form.format, partialMetadata(object), "meta/v1.PartialObjectMetadata");
    case "table": {
      const metadata = { resourceVersion: object.metadata.resourceVersion ?? "" };
      return encodeAs(
        form.format,
        tableOf(resource, [object], { metadata, objects: tableObjects, columns }),
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
  if (form.view === "table") {
    const row = { cells: [], object: { kind: "PartialObjectMetadata", apiVersion: "meta.k8s.io/v1", metadata } };
    const table = {
      kind: "Table",
      apiVersion: "meta.k8s.io/v1",
      metadata: { resourceVersion: metadata.resourceVersion },
      columnDefinitions: null,
      rows: initial ? [row] : [],
    };
    return wrap("BOOKMARK", encodeAs(form.format, table, "meta/v1.Table"), form);
  }
  const partial = form.view === "metadata";
  const object = partial
    ? { kind: "PartialObjectMetadata", apiVersion: "meta.k8s.io/v1", metadata }
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
