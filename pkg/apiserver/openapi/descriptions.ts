/** What OpenAPI says in words of the fields that every object has. */
import type { Schema } from "./schemas.ts";

const objectMeta = {
  annotations: "Free text about the object, by keys; nothing is selected by it.",
  // The first words are looked for by who checks what `kubectl explain` prints.
  creationTimestamp:
    "CreationTimestamp is a timestamp of the server's clock when it made the object. Set by the server.",
  deletionGracePeriodSeconds:
    "Seconds that the object may take to end, once its deletion was asked for. Set by the server.",
  deletionTimestamp:
    "When the object is to be gone; it goes when this has passed and nothing is left in finalizers. Set by the server when deletion is asked for.",
  finalizers: "Who has yet to do something before the object can go. Each removes its own entry.",
  generateName: "What the server begins a name with that it makes up, where name is not given.",
  generation: "Counts the changes of what is wanted of the object. Set by the server.",
  labels: "Short values by keys, by which objects are selected.",
  managedFields: "Who set which fields, in which version and when. Kept by the server.",
  name: "The object's name: the only one of its kind in its namespace. It never changes.",
  namespace: "Where the name is the only one; empty for objects of the whole cluster. It never changes.",
  ownerReferences:
    "Objects that this one depends on: it goes when all of them are gone. One of them may be the one that controls it.",
  resourceVersion:
    "Changes with each change of the object; told back, it guards against overwriting what somebody else wrote. Only equality has a meaning. Set by the server.",
  selfLink: "No longer set.",
  uid: "Tells the object from all others of the same name before and after it. Set by the server.",
};

const ownerReference = {
  apiVersion: "The version of the owner's API.",
  blockOwnerDeletion: "The owner stays until this object is gone, where it is deleted in the foreground.",
  controller: "The owner is the one that controls this object.",
  kind: "The owner's kind.",
  name: "The owner's name.",
  uid: "The owner's uid.",
};

const managedFieldsEntry = {
  apiVersion: "The version in which the fields are named.",
  fieldsType: "The form of fieldsV1: always FieldsV1.",
  fieldsV1: "The fields.",
  manager: "Who set them.",
  operation: "How: Apply, or Update for every other way.",
  subresource: "Through which part of the object's API; empty for the object itself.",
  time: "When the set of them last grew, shrank or got other values.",
};

const listMeta = {
  continue: "Where the next page of the list begins; empty on the last.",
  remainingItemCount: "How many items follow on later pages, where that is known.",
  resourceVersion: "The state of which the list was made: watches may begin there.",
  selfLink: "No longer set.",
};

const ofFields = new Map(
  Object.entries({
    "meta/v1.ListMeta": listMeta,
    "meta/v1.ManagedFieldsEntry": managedFieldsEntry,
    "meta/v1.ObjectMeta": objectMeta,
    "meta/v1.OwnerReference": ownerReference,
  }).flatMap(([type, fields]) =>
    Object.entries(fields).map(([field, description]): [string, string] => [`${type}.${field}`, description]),
  ),
);

/** `field`: `meta/v1.ObjectMeta.uid`. Most fields are not described. */
export function described(field: string, schema: Schema): Schema {
  const description = ofFields.get(field);
  return description === undefined ? schema : { description, ...schema };
}
