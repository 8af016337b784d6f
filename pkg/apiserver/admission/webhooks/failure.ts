/** How what a webhook says, or fails to say, is told to the client. */
import type { Status } from "#api/types/meta/v1";
import { badRequest, StatusError } from "#pkg/apimachinery/status-error.ts";
import type { AdmissionRequest } from "../plugin.ts";

/** The webhook did not say yes or no. Its failurePolicy decides what that means. */
export class WebhookFailure extends Error {
  override readonly name = "WebhookFailure";

  constructor(webhook: string, reason: string, cause?: unknown) {
    super(`failed calling webhook ${JSON.stringify(webhook)}: ${reason}`, { cause });
  }
}

/** The webhook said no. Its reason may be any word, which clients are told as it is. */
class WebhookDenial extends StatusError {
  readonly #reason: string | undefined;

  constructor(message: string, { reason, code, details }: Status) {
    const known = StatusError.fromStatus({ ...(reason ? { reason } : {}) }).reason;
    super(known, message, { code: isRefusal(code) ? code : 400, ...(details ? { details } : {}) });
    this.#reason = reason;
  }

  override toStatus(): ReturnType<StatusError["toStatus"]> {
    const { message, code, details } = this;
    return {
      kind: "Status",
      apiVersion: "v1",
      metadata: {},
      status: "Failure",
      message,
      ...(this.#reason ? { reason: this.#reason } : {}),
      ...(details ? { details } : {}),
      code,
    };
  }
}

const isRefusal = (code: number | undefined): code is number =>
  code !== undefined && Number.isInteger(code) && code >= 400 && code < 600;

export function denial(webhook: string, status: Status = {}): StatusError {
  const denied = `admission webhook ${JSON.stringify(webhook)} denied the request`;
  const why = status.message || status.reason;
  return new WebhookDenial(why ? `${denied}: ${why}` : `${denied} without explanation`, status);
}

/** A failure that counts as allowed allows nothing to a client that is gone: nobody would know what was done. */
export function ensureAwaited({ client }: AdmissionRequest): void {
  if (client?.().aborted)
    throw new StatusError("Timeout", "Timeout: request did not complete within requested timeout");
}

export const noDryRun = (webhook: string): StatusError =>
  badRequest(`admission webhook ${JSON.stringify(webhook)} does not support dry run`);

export const notModifiable = (webhook: string): StatusError =>
  StatusError.from(
    new Error(
      `admission webhook ${JSON.stringify(webhook)} attempted to modify the object, which is not supported for this operation`,
    ),
  );
