/** Only who may sign for a signer gives its requests a certificate, or says that they failed. */
import type { CertificateSigningRequest } from "#api/types/certificates.k8s.io/v1";
import { sameJson } from "#pkg/apimachinery/json.ts";
import { forbiddenRequest } from "#pkg/apimachinery/status-error.ts";
import type { AdmissionPluginFactory } from "../plugin.ts";
import { maySign } from "../signer-permission.ts";

export const certificateSigning: AdmissionPluginFactory = ({ authorizer }) => ({
  name: "CertificateSigning",
  handles: ({ operation, subresource, resource }) =>
    operation === "UPDATE" &&
    subresource === "status" &&
    resource.def.plural === "certificatesigningrequests" &&
    resource.def.group === "certificates.k8s.io",
  async validate({ object, old, user, resource, name }) {
    const [before, after] = [old as CertificateSigningRequest, object as CertificateSigningRequest];
    const isSame =
      (before.status?.certificate ?? "") === (after.status?.certificate ?? "") &&
      sameJson(before.status?.conditions ?? [], after.status?.conditions ?? []);
    const { signerName } = before.spec;
    if (isSame || (await maySign(authorizer, user, "sign", signerName))) return;
    const text = `user not permitted to sign requests with signerName ${JSON.stringify(signerName)}`;
    throw forbiddenRequest(resource.groupResource, name, text);
  },
});
