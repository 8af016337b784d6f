/** What etcd's refusals mean to us. */
import { StatusError } from "#pkg/apimachinery/status-error.ts";
import { type RpcError, rpcCode } from "./rpc/status.ts";

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
  [rpcCode.unavailable]: "Unavailable",
  [rpcCode.deadlineExceeded]: "DeadlineExceeded",
  [rpcCode.canceled]: "Canceled",
  [rpcCode.permissionDenied]: "PermissionDenied",
  [rpcCode.unauthenticated]: "Unauthenticated",
  [rpcCode.resourceExhausted]: "ResourceExhausted",
};

function kindOf({ code, message }: RpcError): EtcdErrorKind {
  for (const [text, kind] of kindsByText) if (message.includes(text)) return kind;
  if (code === rpcCode.resourceExhausted && message.includes("larger than max")) return "tooLarge";
  if (code === rpcCode.unavailable) return "unavailable";
  if (code === rpcCode.deadlineExceeded) return "timeout";
  if (code === rpcCode.canceled) return "canceled";
  if (code === rpcCode.permissionDenied || code === rpcCode.unauthenticated) return "denied";
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

export function fromRpc(error: RpcError): EtcdError {
  const kind = kindOf(error);
  const message = error.message.startsWith("etcdserver:")
    ? error.message
    : `rpc error: code = ${codeNames[error.code] ?? error.code} desc = ${error.message}`;
  return new EtcdError(kind, message, { maybeApplied: !refused.has(kind) && !error.unsent, cause: error });
}

export const isEtcdError = (error: unknown, kind: EtcdErrorKind): error is EtcdError =>
  error instanceof EtcdError && error.kind === kind;
