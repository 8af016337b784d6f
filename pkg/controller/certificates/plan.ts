/** Which requests for certificates may be approved and signed by us, and which are over. Pure. */
import type { CertificateSigningRequest, CertificateSigningRequestCondition } from "#api/types/certificates.k8s.io/v1";

type Request = Readonly<CertificateSigningRequest>;

export const kubeletClient = "kubernetes.io/kube-apiserver-client-kubelet";
export const kubeletServing = "kubernetes.io/kubelet-serving";
export const apiServerClient = "kubernetes.io/kube-apiserver-client";
export const legacyUnknown = "kubernetes.io/legacy-unknown";

/** What the request itself (PKCS #10) names. */
export interface Subject {
  readonly commonName: string;
  readonly organizations: readonly string[];
  readonly dnsNames: readonly string[];
  readonly ipAddresses: readonly string[];
  readonly emails: readonly string[];
  readonly uris: readonly string[];
}

const conditionsOf = ({ status }: Request): readonly CertificateSigningRequestCondition[] => status?.conditions ?? [];
export const hasCondition = (request: Request, type: string): boolean =>
  conditionsOf(request).some((condition) => condition.type === type);
export const isDecided = (request: Request): boolean =>
  hasCondition(request, "Approved") || hasCondition(request, "Denied");
export const isIssued = ({ status }: Request): boolean => (status?.certificate ?? "") !== "";
export const waitsForSigner = (request: Request): boolean =>
  hasCondition(request, "Approved") &&
  !hasCondition(request, "Denied") &&
  !hasCondition(request, "Failed") &&
  !isIssued(request);

const isSet = (usages: readonly string[], wanted: readonly string[]): boolean =>
  new Set(usages).symmetricDifference(new Set(wanted)).size === 0;

/** With and without the usage that only RSA keys have. */
const hasUsages = (usages: readonly string[], purpose: string): boolean =>
  isSet(usages, ["digital signature", "key encipherment", purpose]) || isSet(usages, ["digital signature", purpose]);

function nodeFault({ organizations, commonName }: Subject): { organization?: string; name?: string } {
  return {
    ...(organizations.length === 1 && organizations[0] === "system:nodes"
      ? {}
      : { organization: "subject organization is not system:nodes" }),
    ...(commonName.startsWith("system:node:") ? {} : { name: "subject common name does not begin with system:node:" }),
  };
}

/** By the alphabet. */
const clientUsagesFault = "usages did not match [client auth digital signature key encipherment]";
const servingUsagesFault = "usages did not match [digital signature key encipherment server auth]";

/** Why these are not what a kubelet asks to be known by; undefined: they are. */
export function kubeletClientFault(subject: Subject, usages: readonly string[]): string | undefined {
  const { organization, name } = nodeFault(subject);
  if (organization) return organization;
  if (subject.dnsNames.length > 0) return "DNS subjectAltNames are not allowed";
  if (subject.emails.length > 0) return "Email subjectAltNames are not allowed";
  if (subject.ipAddresses.length > 0) return "IP subjectAltNames are not allowed";
  if (subject.uris.length > 0) return "URI subjectAltNames are not allowed";
  return name ?? (hasUsages(usages, "client auth") ? undefined : clientUsagesFault);
}

function kubeletServingFault(subject: Subject, usages: readonly string[]): string | undefined {
  const { organization, name } = nodeFault(subject);
  if (organization) return organization;
  if (subject.dnsNames.length === 0 && subject.ipAddresses.length === 0) return "DNS or IP subjectAltName is required";
  if (subject.emails.length > 0) return "Email subjectAltNames are not allowed";
  if (subject.uris.length > 0) return "URI subjectAltNames are not allowed";
  return hasUsages(usages, "server auth") ? name : servingUsagesFault;
}

function apiServerClientFault(_: Subject, usages: readonly string[]): string | undefined {
  const other = usages.find((usage) => !["digital signature", "key encipherment", "client auth"].includes(usage));
  if (other !== undefined) return `invalid usage for client certificate: ${other}`;
  return usages.includes("client auth") ? undefined : "missing required usage for client certificate: client auth";
}

type Fault = (subject: Subject, usages: readonly string[]) => string | undefined;

/** The signers that this cluster's authority stands for, with what each refuses. */
const signers = new Map<string, Fault>([
  [kubeletClient, kubeletClientFault],
  [kubeletServing, kubeletServingFault],
  [apiServerClient, apiServerClientFault],
  [legacyUnknown, () => undefined],
]);

export const isOurs = ({ spec }: Request): boolean => signers.has(spec.signerName);

export const signerFault = ({ spec }: Request, subject: Subject): string | undefined =>
  signers.get(spec.signerName)?.(subject, spec.usages ?? []);

const lifetimeMsMin = 600_000;

/** What is asked for, but not more than `lifetimeMsMax`. */
export function lifetimeMsOf({ spec }: Request, lifetimeMsMax: number): number {
  if (spec.expirationSeconds === undefined) return lifetimeMsMax;
  return Math.min(lifetimeMsMax, Math.max(lifetimeMsMin, spec.expirationSeconds * 1000));
}

const hourMs = 3_600_000;

/** Whether nobody needs the request any more. `expiresAt`: when its certificate does, in ms since the epoch. */
export function isOver(request: Request, now: number, expiresAt: number | undefined): boolean {
  const conditions = conditionsOf(request);
  if (conditions.length === 0) return isOlder(request.metadata.creationTimestamp, 24 * hourMs, now);
  return conditions.some(({ type, lastUpdateTime }) => {
    if (type === "Denied" || type === "Failed") return isOlder(lastUpdateTime, hourMs, now);
    if (type !== "Approved") return false;
    if (!isIssued(request)) return isOlder(lastUpdateTime, 24 * hourMs, now);
    return isOlder(lastUpdateTime, hourMs, now) || (expiresAt !== undefined && expiresAt < now);
  });
}

const isOlder = (time: string | undefined, ageMs: number, now: number): boolean =>
  time !== undefined && now - Date.parse(time) > ageMs;
