/** What goes wrong on a connection, in the words of Go's HTTP client: people and tests look for them. */
import { getServers } from "node:dns";
import { isIP } from "node:net";
import { StatusError, type StatusReason } from "#pkg/apimachinery/status-error.ts";

interface NetworkError extends Error {
  readonly code?: string;
  readonly cert?: { readonly subjectaltname?: string };
}

/** The time that was given is over. */
export class DeadlineError extends Error {
  override readonly name = "DeadlineError";

  constructor() {
    super("context deadline exceeded");
  }
}

/** Whoever asked no longer waits. */
export class CanceledError extends Error {
  override readonly name = "CanceledError";

  constructor() {
    super("context canceled");
  }
}

const connectWords: Readonly<Record<string, string>> = {
  ECONNREFUSED: "connection refused",
  EHOSTUNREACH: "no route to host",
  ENETUNREACH: "network is unreachable",
  ETIMEDOUT: "connection timed out",
};

/** Which name server was asked. */
function resolver(): string {
  const [server] = getServers();
  if (server === undefined) return "";
  return ` on ${isIP(server) === 6 ? `[${server}]:53` : isIP(server) === 4 ? `${server}:53` : server}`;
}

const unknownAuthority = new Set([
  "CERT_SIGNATURE_FAILURE",
  "CERT_UNTRUSTED",
  "DEPTH_ZERO_SELF_SIGNED_CERT",
  "SELF_SIGNED_CERT_IN_CHAIN",
  "UNABLE_TO_GET_ISSUER_CERT",
  "UNABLE_TO_GET_ISSUER_CERT_LOCALLY",
  "UNABLE_TO_VERIFY_LEAF_SIGNATURE",
]);

/** `name`: whose certificate was expected. `address`: `10.96.0.7:443`, where the connection went. */
export function describeNetworkError(error: Error, { name, address }: { name: string; address: string }): string {
  const { code = "", message, cert } = error as NetworkError;
  const refused = Object.hasOwn(connectWords, code) ? connectWords[code] : undefined;
  if (refused !== undefined) return `dial tcp ${address}: connect: ${refused}`;
  if (code === "ENOTFOUND" || code === "EAI_AGAIN") return `dial tcp: lookup ${name}${resolver()}: no such host`;
  if (code === "ECONNRESET") return message === "socket hang up" ? "EOF" : "read: connection reset by peer";
  const certificate = describeCertificate(code, name, cert?.subjectaltname);
  return certificate === undefined ? message : `tls: failed to verify certificate: x509: ${certificate}`;
}

function describeCertificate(code: string, name: string, altNames: string | undefined): string | undefined {
  if (unknownAuthority.has(code)) return "certificate signed by unknown authority";
  if (code === "CERT_HAS_EXPIRED" || code === "CERT_NOT_YET_VALID")
    return "certificate has expired or is not yet valid";
  if (code !== "ERR_TLS_CERT_ALTNAME_INVALID") return undefined;
  const wanted = isIP(name) === 0 ? "DNS" : "IP Address";
  const names = (altNames ?? "").split(", ").flatMap((entry) => {
    const [kind, value = ""] = entry.split(/:(.*)/s);
    return kind === wanted ? [value] : [];
  });
  if (names.length > 0) return `certificate is valid for ${names.join(", ")}, not ${name}`;
  if (wanted === "IP Address") return `cannot validate certificate for ${name} because it doesn't contain any IP SANs`;
  return `certificate is not valid for any names, but wanted to match ${name}`;
}

const texts: Readonly<Record<number, readonly [StatusReason, string]>> = {
  400: ["BadRequest", "the server rejected our request for an unknown reason"],
  401: ["Unauthorized", "the server has asked for the client to provide credentials"],
  404: ["NotFound", "the server could not find the requested resource"],
  405: ["MethodNotAllowed", "the server does not allow this method on the requested resource"],
  406: ["NotAcceptable", "the server was unable to respond with a content type that the client supports"],
  409: ["Conflict", "the server reported a conflict"],
  413: ["RequestEntityTooLarge", "the server responded with the status code 413 but did not return more information"],
  415: ["UnsupportedMediaType", "the body of the request was in an unknown format"],
  422: ["Invalid", "the server rejected our request due to an error in our request"],
  429: ["TooManyRequests", "the server has received too many requests and has asked us to try again later"],
  503: ["ServiceUnavailable", "the server is currently unable to handle the request"],
  504: [
    "Timeout",
    "the server was unable to return a response in the time allotted, but may still be processing the request",
  ],
};
const bodyTextMax = 2048;

/** What an answer that is neither a success nor a Status means. */
export function errorOfAnswer(code: number, body: Buffer): StatusError {
  const text = body.toString("utf8", 0, bodyTextMax).trim() || "unknown";
  if (code === 403) return new StatusError("Forbidden", text);
  const [reason, message] = (Object.hasOwn(texts, code) ? texts[code] : undefined) ?? [];
  if (reason !== undefined && message !== undefined) return new StatusError(reason, message);
  const known =
    code >= 500
      ? `an error on the server (${JSON.stringify(text)}) has prevented the request from succeeding`
      : `the server responded with the status code ${code} but did not return more information`;
  return new StatusError(code >= 500 ? "InternalError" : "Unknown", known, { code });
}
