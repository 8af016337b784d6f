/** How the server answers a patch that it cannot apply. */
import { badRequest, StatusError } from "../status-error.ts";

/** 422: the patch is well formed, but does not fit the object. The reason is kept as the cause only, as upstream does. */
export const unprocessable = (why: string): StatusError =>
  new StatusError("Invalid", "the server rejected our request due to an error in our request", {
    details: {},
    cause: new Error(why),
  });

/** 413: more operations than the server takes. */
export const tooManyOperations = (max: number, got: number): StatusError =>
  new StatusError(
    "RequestEntityTooLarge",
    `Request entity is too large: The allowed maximum operations in a JSON patch is ${max}, got ${got}`,
  );

/** 500 with a plain text: errors that upstream does not classify. */
export const unclassified = (message: string): StatusError => new StatusError("Unknown", message);

export const badPatch = (message: string): StatusError => badRequest(message);
