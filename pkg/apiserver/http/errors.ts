/** Errors that belong to HTTP rather than to an object. */
import { StatusError, type StatusErrorOptions, type StatusReason } from "#pkg/apimachinery/status-error.ts";

/** Told in plain text, as by any other web server. */
export class PlainTextError extends StatusError {
  readonly text: string;

  constructor(reason: StatusReason, message: string, options: StatusErrorOptions, text = message) {
    super(reason, message, options);
    this.text = text;
  }
}

/** A path that no handler serves. */
export class PathNotFoundError extends PlainTextError {
  constructor() {
    const message = "the server could not find the requested resource";
    super("NotFound", message, { details: {} }, "404 page not found");
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
