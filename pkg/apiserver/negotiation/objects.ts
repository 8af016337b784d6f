/** One object in each of its forms. Forms of stored objects are made once and shared. */
import { stringify } from "yaml";
import { encodeObject, metadataBytes, parseWithoutOwnedFields } from "#pkg/apimachinery/codec/index.ts";
import type { KubeObject } from "#pkg/apimachinery/object.ts";
import { ownMemory } from "#pkg/apimachinery/own-memory.ts";
import { encodeEnvelope, encodeMessage } from "#pkg/apimachinery/protobuf/index.ts";
import type { StoredObject } from "#pkg/storage/types.ts";
import type { ServedResource } from "../resources/served-resource.ts";
import { encodeProtobufList } from "./protobuf-list.ts";
import type { Format, Representation } from "./representation.ts";
import { type Printed, type TableObjects, tableOf } from "./tables.ts";
import { yamlStyle } from "./yaml-style.ts";

/** An object kept with its forms: by representation, as long as the cache keeps the object. */
const forms = new WeakMap<StoredObject, Map<string, Buffer>>();

export function memoized(stored: StoredObject, key: string, make: () => Buffer): Buffer {
  let made = forms.get(stored);
  if (!made) {
    made = new Map();
    forms.set(stored, made);
  }
  let bytes = made.get(key);
  if (!bytes) {
    bytes = ownMemory(make());
    made.set(key, bytes);
  }
  return bytes;
}

/** The object in the version of `resource`; shared, never to be changed. */
export function servedObject(stored: StoredObject, resource: ServedResource): KubeObject {
  return resource.conversion ? resource.conversion.toServed(stored.object) : stored.object;
}

/**
 * The same for one look at one of many objects: nobody keeps what was parsed for it. Sets of owned fields may be texts that
 * nobody has parsed.
 */
export function passingObject(stored: StoredObject, resource: ServedResource): KubeObject {
  // The columns of a custom resource may show anything of it.
  if (resource.conversion || resource.isCustom) return servedObject(stored, resource);
  return parseWithoutOwnedFields(stored.bytes);
}

const metadataStart = Buffer.from('{"metadata":');
const metadataEnd = Buffer.from("}");

/** `passingObject`, of which only the metadata counts. */
function passingMetadata(stored: StoredObject, resource: ServedResource): KubeObject {
  const metadata = resource.conversion ? undefined : metadataBytes(stored.bytes);
  if (!metadata) return servedObject(stored, resource);
  return parseWithoutOwnedFields(Buffer.concat([metadataStart, metadata, metadataEnd]));
}

/** JSON of a PartialObjectMetadata, in pieces. */
export function partialJson(stored: StoredObject, resource: ServedResource, viewVersion: string): readonly Buffer[] {
  // Conversions may change annotations.
  const metadata = resource.conversion ? undefined : metadataBytes(stored.bytes);
  const json = metadata ?? Buffer.from(JSON.stringify(servedObject(stored, resource).metadata));
  return [partialStart(viewVersion), json, metadataEnd];
}

const partialStarts = new Map<string, Buffer>();

function partialStart(viewVersion: string): Buffer {
  let start = partialStarts.get(viewVersion);
  if (!start) {
    const text = JSON.stringify({ kind: "PartialObjectMetadata", apiVersion: viewVersion, metadata: null });
    start = Buffer.from(text.slice(0, -"null}".length));
    partialStarts.set(viewVersion, start);
  }
  return start;
}

/** JSON in the served version. What has to be made for it is made once and kept, unless there is too much of it. */
export function jsonOf(stored: StoredObject, resource: ServedResource, isKept = true): Buffer {
  if (!resource.conversion) return stored.bytes;
  const make = () => encodeObject(servedObject(stored, resource));
  return isKept ? memoized(stored, `json/${resource.apiVersion}`, make) : make();
}

/** The protobuf message without the envelope, as it stands in lists. */
export function messageOf(stored: StoredObject, resource: ServedResource): Buffer {
  const { type } = resource.def;
  return memoized(stored, `message/${type}`, () => encodeMessage(servedObject(stored, resource), type));
}

/** Everything of a GET's answer. */
export function encodeStored(
  stored: StoredObject,
  resource: ServedResource,
  form: Representation,
  tableObjects: TableObjects,
): Buffer {
  if (form.view === "object") {
    if (form.format === "json") return jsonOf(stored, resource);
    if (form.format === "protobuf") {
      const key = `protobuf/${resource.apiVersion}`;
      return memoized(stored, key, () => encodeEnvelope(identityOf(resource), messageOf(stored, resource)));
    }
  }
  return encodeFresh(servedObject(stored, resource), resource, form, tableObjects);
}

const identityOf = ({ apiVersion, def }: ServedResource) => ({ apiVersion, kind: def.kind });

/** The same for an object that is not stored: dry runs, virtual resources. `object` is in the served version. */
export function encodeFresh(
  object: KubeObject,
  resource: Printed,
  form: Representation,
  tableObjects: TableObjects,
): Buffer {
  switch (form.view) {
    case "object":
      return encodeAs(form.format, object, resource.def.type);
    case "metadata":
      return encodeAs(form.format, partialMetadata(object, form), "meta/v1.PartialObjectMetadata");
    case "table": {
      const { resourceVersion } = object.metadata;
      const metadata = resourceVersion ? { resourceVersion } : {};
      const options = { metadata, objects: tableObjects, apiVersion: form.viewVersion };
      return encodeAs(form.format, tableOf(resource, [object], options), "meta/v1.Table");
    }
  }
}

/** A list of objects that are not stored. Such lists have no version. */
export function encodeItems(
  { def, custom, apiVersion }: ServedResource,
  items: readonly KubeObject[],
  form: Representation,
  objects: TableObjects,
): Buffer {
  const metadata = {};
  if (form.view === "table") {
    const table = tableOf({ def, custom }, items, { metadata, objects, apiVersion: form.viewVersion });
    return encodeAs(form.format, table, "meta/v1.Table");
  }
  const partial = form.view === "metadata";
  const shown = partial ? items.map((item) => partialMetadata(item, form)) : items;
  const identity = partial
    ? { kind: "PartialObjectMetadataList", apiVersion: form.viewVersion }
    : { kind: `${def.kind}List`, apiVersion };
  if (form.format !== "protobuf") {
    // Items do not repeat what the list says of their kind.
    const listed = partial ? shown : shown.map(({ kind: _, apiVersion: __, ...rest }) => rest);
    return encodeAs(form.format, { ...identity, metadata, items: listed }, "");
  }
  const type = partial ? "meta/v1.PartialObjectMetadata" : def.type;
  const messages = shown.map((item) => encodeMessage(item, type));
  return encodeProtobufList(identity, metadata, messages);
}

/** `object` carries apiVersion and kind; `type` names its message for protobuf. */
export function encodeAs(format: Format, object: object, type: string): Buffer {
  switch (format) {
    case "json":
      return encodeObject(object as KubeObject);
    case "yaml":
      return Buffer.from(stringify(JSON.parse(encodeObject(object as KubeObject).toString()), yamlStyle));
    case "protobuf": {
      const { apiVersion = "", kind = "" } = object as KubeObject;
      return encodeEnvelope({ apiVersion, kind }, encodeMessage(object as KubeObject, type));
    }
  }
}

export function partialMetadata({ metadata }: KubeObject, { viewVersion }: Representation): KubeObject {
  return { kind: "PartialObjectMetadata", apiVersion: viewVersion, metadata };
}

interface ListForm {
  readonly resource: ServedResource;
  readonly form: Representation;
  /** Messages are made once, and kept as long as their objects are. */
  readonly isKept: boolean;
}

/** What stands for the object in protobuf lists. */
export function listMessage(stored: StoredObject, { resource, form, isKept }: ListForm): Buffer {
  if (form.view !== "metadata") {
    return isKept ? messageOf(stored, resource) : encodeMessage(passingObject(stored, resource), resource.def.type);
  }
  const make = () =>
    encodeMessage(partialMetadata(passingMetadata(stored, resource), form), "meta/v1.PartialObjectMetadata");
  return isKept ? memoized(stored, `message/${form.key}`, make) : make();
}

/** By what the messages are of. */
const messageBytes = new Map<string, WeakMap<StoredObject, number>>();

/** How long that message is; kept, even where the message is not. */
export function listMessageBytes(stored: StoredObject, list: ListForm): number {
  const key = `${list.form.view}/${list.resource.def.type}`;
  let known = messageBytes.get(key);
  if (!known) {
    known = new WeakMap();
    messageBytes.set(key, known);
  }
  let bytes = known.get(stored);
  if (bytes === undefined) {
    bytes = listMessage(stored, list).length;
    known.set(stored, bytes);
  }
  return bytes;
}
