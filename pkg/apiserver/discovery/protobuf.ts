/**
 * Discovery documents as protobuf messages. Nobody stores or changes these kinds, so they are in no table; the numbers are
 * those of the published `.proto` files of meta/v1 and apidiscovery/v2.
 */
import { Writer } from "#pkg/apimachinery/protobuf/index.ts";

const wireVarint = 0;

/** How a member travels. Texts and numbers are written even when they say nothing, messages too; lists that are empty are not. */
type Form =
  | "text"
  /** A number, or a truth. */
  | "varint"
  | "texts"
  /** A list that is a message of its own. */
  | "wrapped texts"
  | { readonly one: Message; readonly optional?: boolean }
  | { readonly many: Message };

/** By field number, in rising order. */
type Message = readonly (readonly [number: number, member: string, form: Form])[];

const listMeta: Message = [
  [1, "selfLink", "text"],
  [2, "resourceVersion", "text"],
  [3, "continue", "text"],
];

const groupVersion: Message = [
  [1, "groupVersion", "text"],
  [2, "version", "text"],
];

const serverAddress: Message = [
  [1, "clientCIDR", "text"],
  [2, "serverAddress", "text"],
];

const group: Message = [
  [1, "name", "text"],
  [2, "versions", { many: groupVersion }],
  [3, "preferredVersion", { one: groupVersion }],
  [4, "serverAddressByClientCIDRs", { many: serverAddress }],
];

const resource: Message = [
  [1, "name", "text"],
  [2, "namespaced", "varint"],
  [3, "kind", "text"],
  [4, "verbs", "wrapped texts"],
  [5, "shortNames", "texts"],
  [6, "singularName", "text"],
  [7, "categories", "texts"],
  [8, "group", "text"],
  [9, "version", "text"],
  [10, "storageVersionHash", "text"],
];

const kind: Message = [
  [1, "group", "text"],
  [2, "version", "text"],
  [3, "kind", "text"],
];

const discoveredSubresource: Message = [
  [1, "subresource", "text"],
  [2, "responseKind", { one: kind, optional: true }],
  [3, "acceptedTypes", { many: kind }],
  [4, "verbs", "texts"],
];

const discoveredResource: Message = [
  [1, "resource", "text"],
  [2, "responseKind", { one: kind, optional: true }],
  [3, "scope", "text"],
  [4, "singularResource", "text"],
  [5, "verbs", "texts"],
  [6, "shortNames", "texts"],
  [7, "categories", "texts"],
  [8, "subresources", { many: discoveredSubresource }],
];

const discoveredVersion: Message = [
  [1, "version", "text"],
  [2, "resources", { many: discoveredResource }],
  [3, "freshness", "text"],
];

/** Of metadata, nothing but the name is ever set. */
const objectMeta: Message = [
  [1, "name", "text"],
  [2, "generateName", "text"],
  [3, "namespace", "text"],
  [4, "selfLink", "text"],
  [5, "uid", "text"],
  [6, "resourceVersion", "text"],
  [7, "generation", "varint"],
  [8, "creationTimestamp", { one: [] }],
];

const discoveredGroup: Message = [
  [1, "metadata", { one: objectMeta }],
  [2, "versions", { many: discoveredVersion }],
];

const messages: Readonly<Record<string, Message>> = {
  APIVersions: [
    [1, "versions", "texts"],
    [2, "serverAddressByClientCIDRs", { many: serverAddress }],
  ],
  APIGroupList: [[1, "groups", { many: group }]],
  APIGroup: group,
  APIResourceList: [
    [1, "groupVersion", "text"],
    [2, "resources", { many: resource }],
  ],
  APIGroupDiscoveryList: [
    [1, "metadata", { one: listMeta }],
    [2, "items", { many: discoveredGroup }],
  ],
};

/** The message of a document of one of discovery's kinds. */
export function encodeDiscovery(document: object, kindName: string): Buffer {
  const message = messages[kindName];
  if (!message) throw new Error(`${kindName} is no kind of discovery's`);
  const writer = new Writer();
  writeMessage(writer, message, document);
  return writer.take();
}

/** The writer goes from the end to the front: so do the fields. */
function writeMessage(writer: Writer, message: Message, value: object): void {
  for (const [number, member, form] of message.toReversed()) {
    writeField(writer, number, form, (value as Readonly<Record<string, unknown>>)[member]);
  }
}

function writeField(writer: Writer, number: number, form: Form, value: unknown): void {
  if (form === "text") writeText(writer, number, (value as string | undefined) ?? "");
  else if (form === "texts") writeTexts(writer, number, value);
  else if (form === "varint") {
    writer.varint(Number(value ?? 0));
    writer.tag(number, wireVarint);
  } else if (form === "wrapped texts") delimited(writer, number, () => writeTexts(writer, 1, value));
  else if ("many" in form) {
    for (const one of listOf<object>(value).toReversed()) {
      delimited(writer, number, () => writeMessage(writer, form.many, one));
    }
  } else if (value !== undefined || !form.optional) {
    delimited(writer, number, () => writeMessage(writer, form.one, (value as object | undefined) ?? {}));
  }
}

const listOf = <T>(value: unknown): readonly T[] => (value as readonly T[] | undefined) ?? [];

function writeText(writer: Writer, number: number, text: string): void {
  delimited(writer, number, () => writer.utf8(text));
}

function writeTexts(writer: Writer, number: number, value: unknown): void {
  for (const text of listOf<string>(value).toReversed()) writeText(writer, number, text);
}

function delimited(writer: Writer, number: number, write: () => void): void {
  const before = writer.size;
  write();
  writer.delimit(number, before);
}
