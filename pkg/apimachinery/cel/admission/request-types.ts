/** Types of what expressions of admission know of a request. */
import { bool, dyn, int, listOf, mapOf, scalar, string, type Type } from "../types.ts";

const object = (name: string, fields: Readonly<Record<string, Type>>): Type => ({
  kind: "object",
  name: `kubernetes.${name}`,
  fields: new Map(Object.entries(fields)),
});

const timestamp = scalar("timestamp");
const texts = listOf(string);
const groupVersionKind = object("GroupVersionKind", { group: string, version: string, kind: string });
const groupVersionResource = object("GroupVersionResource", { group: string, version: string, resource: string });

/** `request` */
export const requestType = object("AdmissionRequest", {
  kind: groupVersionKind,
  resource: groupVersionResource,
  subResource: string,
  requestKind: groupVersionKind,
  requestResource: groupVersionResource,
  requestSubResource: string,
  name: string,
  namespace: string,
  operation: string,
  userInfo: object("UserInfo", { username: string, uid: string, groups: texts, extra: mapOf(string, texts) }),
  dryRun: bool,
  options: dyn,
});

const condition = object("NamespaceCondition", {
  status: string,
  type: string,
  lastTransitionTime: timestamp,
  message: string,
  reason: string,
});

/** `namespaceObject` */
export const namespaceType = object("Namespace", {
  metadata: object("NamespaceMetadata", {
    name: string,
    generateName: string,
    namespace: string,
    labels: mapOf(string, string),
    annotations: mapOf(string, string),
    UID: string,
    creationTimestamp: timestamp,
    deletionGracePeriodSeconds: int,
    deletionTimestamp: timestamp,
    generation: int,
    resourceVersion: string,
    finalizers: texts,
  }),
  spec: object("NamespaceSpec", { finalizers: texts }),
  status: object("NamespaceStatus", { conditions: listOf(condition), phase: string }),
});

/** `variables`: one field for each that a policy declares. */
export const variablesType = (fields: ReadonlyMap<string, Type>): Type => ({
  kind: "object",
  name: "kubernetes.variables",
  fields,
});
