/** Nobody asks to be known as one of `system:masters`, who may do everything and cannot be locked out. */
import type { CertificateSigningRequest } from "#api/types/certificates.k8s.io/v1";
import { forbiddenRequest } from "#pkg/apimachinery/status-error.ts";
import { type AdmissionPluginFactory, isResource } from "../plugin.ts";

const signer = "kubernetes.io/kube-apiserver-client";
const masters = "system:masters";

export const certificateSubjectRestriction: AdmissionPluginFactory = () => ({
  name: "CertificateSubjectRestriction",
  handles: (request) =>
    request.operation === "CREATE" && isResource(request, "certificates.k8s.io", "certificatesigningrequests"),
  async validate({ object, resource, name }) {
    const { spec } = object as CertificateSigningRequest;
    if (spec.signerName !== signer) return;
    const refuse = (text: string) => forbiddenRequest(resource.groupResource, name, text);
    // Its library takes long to load, and most servers never need it.
    const { readRequest } = await import("#pkg/pki/request.ts");
    let organizations: readonly string[];
    try {
      organizations = readRequest(Buffer.from(spec.request, "base64").toString("latin1")).organizations;
    } catch (error) {
      throw refuse(`failed to parse CSR: ${(error as Error).message}`);
    }
    if (organizations.includes(masters)) throw refuse(`use of ${signer} signer with ${masters} group is not allowed`);
  },
});
