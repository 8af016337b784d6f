/** What etcd's refusals mean to us. */

import { type ServiceError, status } from "@grpc/grpc-js";
import { StatusError } from "#pkg/apimachinery/status-error.ts";

export type EtcdErrorKind =
  /** No endpoint answered, or the connection broke. */
  | "unavailable"
  | "timeout"
  | "canceled"
  /** The value is over etcd's request limit (1.5 MiB by default). */
  | "tooLarge"
  /** The database is over its quota: only reads and deletions work. */
  | "noSpace"
  | "compacted"
  | "futureRevision"
  | "leaseNotFound"
  | "denied"
  | "other";

/**
 * A request that etcd did not carry out, or of which that is not known. It is a StatusError with code 500 and etcd's
 * own text, as upstream's server answers; `kind` lets an endpoint choose other words.
 */
export class EtcdError extends StatusError {
  readonly kind: EtcdErrorKind;
  /** Whether a write may have been committed all the same. */
  readonly maybeApplied: boolean;

  constructor(kind: EtcdErrorKind, message: string, options: { maybeApplied: boolean; cause?: unknown }) {
    super("Unknown", message, { code: 500, cause: options.cause });
    this.kind = kind;
    this.maybeApplied = options.maybeApplied;
  }
}

/** etcd tells its errors apart by text only; these texts have been stable since v3.0. */
const kindsByText: readonly (readonly [string, EtcdErrorKind])[] = [
  ["request is too large", "tooLarge"],
  ["database space exceeded", "noSpace"],
  ["required revision has been compacted", "compacted"],
  ["required revision is a future revision", "futureRevision"],
  ["requested lease not found", "leaseNotFound"],
  ["request timed out", "timeout"],
  ["leader changed", "unavailable"],
  ["no leader", "unavailable"],
];

const codeNames: Readonly<Record<number, string>> = {
  [status.UNAVAILABLE]: "Unavailable",
  [status.DEADLINE_EXCEEDED]: "DeadlineExceeded",
  [status.CANCELLED]: "Canceled",
  [status.PERMISSION_DENIED]: "PermissionDenied",
  [status.UNAUTHENTICATED]: "Unauthenticated",
  [status.RESOURCE_EXHAUSTED]: "ResourceExhausted",
};

function kindOf(error: ServiceError): EtcdErrorKind {
  for (const [text, kind] of kindsByText) if (error.details.includes(text)) return kind;
  if (error.code === status.RESOURCE_EXHAUSTED && error.details.includes("larger than max")) return "tooLarge";
  if (error.code === status.UNAVAILABLE) return "unavailable";
  if (error.code === status.DEADLINE_EXCEEDED) return "timeout";
  if (error.code === status.CANCELLED) return "canceled";
  if (error.code === status.PERMISSION_DENIED || error.code === status.UNAUTHENTICATED) return "denied";
  return "other";
}

/** Kinds whose refusal comes before anything is proposed. */
const refused: ReadonlySet<EtcdErrorKind> = new Set([
  "tooLarge",
  "noSpace",
  "compacted",
  "futureRevision",
  "leaseNotFound",
  "denied",
]);

/** Whether the request never left this process: grpc-js says so only in its text. */
const neverSent = (error: ServiceError): boolean =>
  error.code === status.UNAVAILABLE &&
  (error.details.startsWith("No connection established") || error.details.startsWith("Name resolution failed"));

export function fromGrpc(error: ServiceError): EtcdError {
  const kind = kindOf(error);
  const fromEtcd = error.details.startsWith("etcdserver:");
  const message = fromEtcd
    ? error.details
    : `rpc error: code = ${codeNames[error.code] ?? error.code} desc = ${error.details}`;
  return new EtcdError(kind, message, { maybeApplied: !refused.has(kind) && !neverSent(error), cause: error });
}

export const isEtcdError = (error: unknown, kind: EtcdErrorKind): error is EtcdError =>
  error instanceof EtcdError && error.kind === kind;
