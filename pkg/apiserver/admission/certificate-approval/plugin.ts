/** Only who may approve for a signer decides about its requests. */
import type { CertificateSigningRequest } from "#api/types/certificates.k8s.io/v1";
import { forbiddenRequest } from "#pkg/apimachinery/status-error.ts";
import type { AdmissionPluginFactory } from "../plugin.ts";
import { maySign } from "../signer-permission.ts";

export const certificateApproval: AdmissionPluginFactory = ({ authorizer }) => ({
  name: "CertificateApproval",
  handles: ({ operation, subresource, resource }) =>
    operation === "UPDATE" &&
    subresource === "approval" &&
    resource.def.plural === "certificatesigningrequests" &&
    resource.def.group === "certificates.k8s.io",
  async validate({ old, user, resource, name }) {
    // The old one: who changes the signer on the way must not choose whose permission counts.
    const { signerName } = (old as CertificateSigningRequest).spec;
    if (await maySign(authorizer, user, "approve", signerName)) return;
    const text = `user not permitted to approve requests with signerName ${JSON.stringify(signerName)}`;
    throw forbiddenRequest(resource.groupResource, name, text);
  },
});
