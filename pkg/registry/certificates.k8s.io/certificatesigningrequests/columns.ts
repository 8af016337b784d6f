import type { CertificateSigningRequest } from "#api/types/certificates.k8s.io/v1";
import { age, type Cells, nameOf, orNone } from "#pkg/apimachinery/table/cells.ts";
import { humanDuration } from "#pkg/apimachinery/table/duration.ts";

export const certificateSigningRequestCells: Cells<CertificateSigningRequest> = (request, now) => {
  const seconds = request.spec.expirationSeconds;
  return [
    nameOf(request),
    age(request, now),
    orNone(request.spec.signerName),
    request.spec.username ?? "",
    seconds === undefined ? "<none>" : humanDuration(seconds * 1000),
    conditionOf(request),
  ];
};

function conditionOf({ status }: CertificateSigningRequest): string {
  const has = (type: string) => status?.conditions?.some((c) => c.type === type) ?? false;
  const decision = has("Denied") ? "Denied" : has("Approved") ? "Approved" : "Pending";
  return `${decision}${has("Failed") ? ",Failed" : ""}${status?.certificate ? ",Issued" : ""}`;
}
