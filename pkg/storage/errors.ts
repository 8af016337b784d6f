/** Refusals of reads, in upstream's words: client-go and kubectl look for them. */
import { expired, StatusError } from "#pkg/apimachinery/status-error.ts";

/** A watch from before the history that is kept. */
export const watchTooOld = (revision: number, oldest: number): StatusError =>
  expired(`too old resource version: ${revision} (${oldest})`);

/** `resourceVersionMatch=Exact` at a compacted revision. For a continue token the endpoint has other words. */
export class ListExpiredError extends StatusError {
  constructor(cause?: unknown) {
    super("Expired", "The resourceVersion for the provided list is too old.", { cause });
  }
}

/** A revision that this server has not seen in time. Who asks for exactly that one is not told to come back. */
export const tooLargeRevision = (revision: number, current: number, { exact = false } = {}): StatusError =>
  new StatusError("Timeout", `Timeout: Too large resource version: ${revision}, current: ${current}`, {
    details: {
      ...(exact ? {} : { retryAfterSeconds: 1 }),
      causes: [{ reason: "ResourceVersionTooLarge", message: "Too large resource version" }],
    },
  });
