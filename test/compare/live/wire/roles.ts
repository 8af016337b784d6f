/** Where an answer holds what is never the same on two servers. Positions are those of the API's published `.proto` files. */

/** What a message is, as far as it matters here. */
export type Role =
  | "swappedList"
  | "object"
  | "list"
  | "metadata"
  | "listMetadata"
  | "service"
  | "serviceList"
  | "serviceSpec"
  | "port";

/** The roles of a message's fields, by number. */
export const rolesOf: Readonly<Record<Role, Readonly<Record<number, Role>>>> = {
  object: { 1: "metadata" },
  list: { 1: "listMetadata", 2: "object" },
  // The older list of partial metadata has its fields the other way round.
  swappedList: { 1: "object", 2: "listMetadata" },
  service: { 1: "metadata", 2: "serviceSpec" },
  serviceList: { 1: "listMetadata", 2: "service" },
  serviceSpec: { 1: "port" },
  metadata: {},
  listMetadata: {},
  port: {},
};

/** Fields that vary, by their number within a role. Zero and the empty text do not: they are told from what is set. */
export const varyingOf: Readonly<Record<Role, Readonly<Record<number, string>>>> = {
  object: {},
  list: {},
  swappedList: {},
  service: {},
  serviceList: {},
  serviceSpec: { 12: "nodePort" },
  metadata: { 6: "resourceVersion" },
  listMetadata: { 2: "resourceVersion", 3: "continue" },
  port: { 5: "nodePort" },
};

/** Entries of managedFields are ordered by the second of their writing. */
export const isUnordered = (role: Role | undefined, number: number): boolean => role === "metadata" && number === 17;

/** By what an envelope names. */
export function roleOf(apiVersion: string, kind: string): Role {
  if (apiVersion === "meta.k8s.io/v1beta1" && kind === "PartialObjectMetadataList") return "swappedList";
  if (kind === "Service") return "service";
  if (kind === "ServiceList") return "serviceList";
  // A Status begins with the metadata of a list.
  return kind.endsWith("List") || kind === "Status" ? "list" : "object";
}
