/** Admission of what is asked for but never stored itself: a Binding, a review, a session with a pod. */
import type { KubeObject } from "#pkg/apimachinery/object.ts";
import type { WriteRequest } from "./request.ts";

/** `operation` CONNECT: the object holds the options of a session. Throws StatusError to refuse. */
export async function admitObject(
  write: WriteRequest,
  object: KubeObject,
  operation: "CREATE" | "CONNECT" = "CREATE",
): Promise<void> {
  const { admission } = write.services;
  // What is created below an object is in its namespace.
  if (operation === "CREATE" && write.resource.def.namespaced && object.metadata) {
    object.metadata.namespace ||= write.namespace;
  }
  const request = admission.request(write, operation, object, undefined);
  await admission.admit(request);
  await admission.validate(request);
}
