/** Errors that belong to HTTP rather than to an object. */
import { StatusError } from "#pkg/apimachinery/status-error.ts";

/** A path that no handler serves: told in plain text, as by any other web server. */
export class PathNotFoundError extends StatusError {
  constructor() {
    super("NotFound", "the server could not find the requested resource", { details: {} });
  }
}

export const notFoundPath = (): StatusError => new PathNotFoundError();

/** Below a served group version: clients of the API read this one. */
export const notFoundResource = (): StatusError =>
  new StatusError("NotFound", "the server could not find the requested resource", { details: {} });

/** A verb that the resource does not have. */
export const methodNotAllowed = (): StatusError =>
  new StatusError("MethodNotAllowed", "the server does not allow this method on the requested resource", {
    details: {},
  });
