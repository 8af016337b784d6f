/** The rules of requests for certificates: https://kubernetes.io/docs/reference/access-authn-authz/certificate-signing-requests/ */
import { X509Certificate } from "node:crypto";
import type {
  CertificateSigningRequest,
  CertificateSigningRequestCondition,
  CertificateSigningRequestSpec,
} from "#api/types/certificates.k8s.io/v1";
import {
  duplicate,
  type FieldError,
  forbidden,
  invalid,
  notSupported,
  required,
} from "#pkg/apimachinery/validation/field-error.ts";
import { type Findings, oneOf } from "../../shared/findings.ts";
import { nextPemBlock } from "../../shared/pem.ts";
import { sameMeaning } from "../../shared/semantic.ts";
import { requestError } from "./request.ts";
import { signerName } from "./signer-name.ts";

type Request = Readonly<CertificateSigningRequest>;
type Condition = CertificateSigningRequestCondition;

const expirationSecondsMin = 600;
const legacySigner = "kubernetes.io/legacy-unknown";
const knownUsages = [
  "any",
  "cert sign",
  "client auth",
  "code signing",
  "content commitment",
  "crl sign",
  "data encipherment",
  "decipher only",
  "digital signature",
  "email protection",
  "encipher only",
  "ipsec end system",
  "ipsec tunnel",
  "ipsec user",
  "key agreement",
  "key encipherment",
  "microsoft sgc",
  "netscape sgc",
  "ocsp signing",
  "s/mime",
  "server auth",
  "signing",
  "timestamping",
];

/** What a request may do that it otherwise may not, most of it because it is stored like that already. */
interface Allowed {
  readonly unknownUsages: boolean;
  readonly repeatedUsages: boolean;
  readonly legacySigner: boolean;
  readonly anyCertificate: boolean;
  readonly emptyType: boolean;
  readonly repeatedTypes: boolean;
  readonly approvedAndDenied: boolean;
}

const repeats = (items: readonly string[]): boolean => new Set(items).size < items.length;
const usagesOf = ({ spec }: Request): readonly string[] => spec?.usages ?? [];
const conditionsOf = ({ status }: Request): readonly Condition[] => status?.conditions ?? [];
const typesOf = (request: Request): string[] => conditionsOf(request).map(({ type }) => type ?? "");
const certificateOf = ({ status }: Request): string => status?.certificate ?? "";

function allowedFor(next: Request, old: Request | undefined): Allowed {
  const types = old ? typesOf(old) : [];
  const usages = old ? usagesOf(old) : [];
  return {
    unknownUsages: usages.some((usage) => !knownUsages.includes(usage)),
    repeatedUsages: repeats(usages),
    legacySigner: old?.spec.signerName === legacySigner,
    anyCertificate:
      old !== undefined &&
      (certificateOf(old) === certificateOf(next) || certificateError(certificateOf(old)) !== undefined),
    emptyType: types.includes(""),
    repeatedTypes: repeats(types),
    approvedAndDenied: types.includes("Approved") && types.includes("Denied"),
  };
}

export const validateNewRequest = (request: Request): FieldError[] => [
  ...requestRules(request, allowedFor(request, undefined)),
];

/** What the endpoint of an update is for. */
interface Purpose {
  readonly approval: boolean;
  readonly certificate: boolean;
}

export const validateRequestUpdate =
  (purpose: Purpose) =>
  (next: Request, old: Request): FieldError[] => [
    ...requestRules(next, allowedFor(next, old)),
    ...keptConditions(next, old),
    ...(purpose.approval ? [] : samePurpose(next, old)),
    ...certificateChange(next, old, purpose),
  ];

function* requestRules(request: Request, allowed: Allowed): Findings {
  const spec: Partial<CertificateSigningRequestSpec> = request.spec ?? {};
  const error = requestError(spec.request ?? "");
  if (error !== undefined) yield invalid("spec.request", spec.request ?? null, error);
  const usages = usagesOf(request);
  if (usages.length === 0) yield required("spec.usages");
  for (const [at, usage] of usages.entries()) {
    if (!allowed.unknownUsages) yield* oneOf(`spec.usages[${at}]`, usage, knownUsages);
  }
  for (const [at, usage] of usages.entries()) {
    if (!allowed.repeatedUsages && usages.indexOf(usage) < at) yield duplicate(`spec.usages[${at}]`, usage);
  }
  if (spec.signerName === legacySigner && !allowed.legacySigner) {
    yield invalid("spec.signerName", legacySigner, "the legacy signerName is not allowed via this API version");
  } else yield* signerName("spec.signerName", spec.signerName);
  const seconds = spec.expirationSeconds;
  if (seconds !== undefined && seconds < expirationSecondsMin) {
    const text = "may not specify a duration less than 600 seconds (10 minutes)";
    yield invalid("spec.expirationSeconds", seconds, text);
  }
  yield* conditionRules("status.conditions", conditionsOf(request), allowed);
  const wrong = allowed.anyCertificate ? undefined : certificateError(certificateOf(request));
  if (wrong !== undefined) yield invalid("status.certificate", "<certificate data>", wrong);
}

const onlyTrue = new Set(["Approved", "Denied", "Failed"]);

function* conditionRules(path: string, conditions: readonly Condition[], allowed: Allowed): Findings {
  const seen = new Set<string>();
  for (const [at, { type = "", status = "" }] of conditions.entries()) {
    if (type === "" && !allowed.emptyType) yield required(`${path}[${at}].type`);
    const statuses = onlyTrue.has(type) ? ["True"] : ["False", "True", "Unknown"];
    if (status === "") yield required(`${path}[${at}].status`);
    else if (!statuses.includes(status)) yield notSupported(`${path}[${at}].status`, status, statuses);
    const other = type === "Approved" ? "Denied" : type === "Denied" ? "Approved" : undefined;
    if (other && seen.has(other) && !allowed.approvedAndDenied) {
      yield invalid(path, type, "Approved and Denied conditions are mutually exclusive");
    }
    if (seen.has(type) && !allowed.repeatedTypes) yield duplicate(`${path}[${at}].type`, type);
    seen.add(type);
  }
}

const ofType = (request: Request, type: string): Condition[] => conditionsOf(request).filter((c) => c.type === type);

function* keptConditions(next: Request, old: Request): Findings {
  for (const type of ["Approved", "Denied", "Failed"]) {
    if (ofType(next, type).length < ofType(old, type).length) {
      yield forbidden("status.conditions", `updates may not remove a condition of type ${JSON.stringify(type)}`);
    }
  }
}

/** Only the endpoint for approval approves and denies. */
function* samePurpose(next: Request, old: Request): Findings {
  for (const type of ["Approved", "Denied"]) {
    const [after, before] = [ofType(next, type), ofType(old, type)];
    const quoted = JSON.stringify(type);
    if (after.length > before.length) {
      yield forbidden("status.conditions", `updates may not add a condition of type ${quoted}`);
    } else if (after.length === before.length && !sameMeaning(after, before)) {
      yield forbidden("status.conditions", `updates may not modify a condition of type ${quoted}`);
    }
  }
}

function* certificateChange(next: Request, old: Request, { certificate }: Purpose): Findings {
  if (certificateOf(next) === certificateOf(old)) return;
  if (!certificate) yield forbidden("status.certificate", "updates may not set certificate content");
  else if (certificateOf(old) !== "") {
    yield forbidden("status.certificate", "updates may not modify existing certificate content");
  }
}

/** What is wrong with certificates in base64 of PEM; nothing is wrong with none. */
function certificateError(base64: string): string | undefined {
  if (base64 === "") return undefined;
  let text = Buffer.from(base64, "base64").toString("latin1");
  let count = 0;
  for (let block = nextPemBlock(text); block; block = nextPemBlock(text)) {
    if (block.type !== "CERTIFICATE") {
      return `only CERTIFICATE PEM blocks are allowed, found ${JSON.stringify(block.type)}`;
    }
    if (block.hasHeaders) return "no PEM block headers are permitted";
    if (block.bytes.length === 0) return "found CERTIFICATE PEM block containing 0 certificates";
    if (!isCertificate(block.bytes)) return "x509: malformed certificate";
    count++;
    text = block.rest;
  }
  return count === 0 ? "must contain at least one CERTIFICATE PEM block" : undefined;
}

function isCertificate(bytes: Buffer): boolean {
  try {
    return new X509Certificate(bytes).raw.length > 0;
  } catch {
    return false;
  }
}
