/** Errors that belong to HTTP rather than to an object. */
import { StatusError } from "#pkg/apimachinery/status-error.ts";

/** A path that no handler serves. */
export const notFoundPath = (): StatusError =>
  new StatusError("NotFound", "the server could not find the requested resource", { details: {} });

/** A verb that the resource does not have. */
export const methodNotAllowed = (): StatusError =>
  new StatusError("MethodNotAllowed", "the server does not allow this method on the requested resource", {
    details: {},
  });
