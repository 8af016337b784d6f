import type { CertificateSigningRequest } from "#api/types/certificates.k8s.io/v1";
import type { Strategy } from "../../strategy.ts";

export const certificatesigningrequests: Strategy<CertificateSigningRequest> = {
  applyDefaults({ spec }) {
    if (!spec.usages?.length) spec.usages = ["digital signature", "key encipherment"];
  },
  /** Who asks is what the server saw, whatever the body says. */
  prepareForCreate(request, { user }) {
    const { spec } = request;
    spec.username = user.name;
    if (user.uid) spec.uid = user.uid;
    else delete spec.uid;
    spec.groups = [...user.groups];
    const extra = Object.entries(user.extra ?? {});
    if (extra.length > 0) spec.extra = Object.fromEntries(extra.map(([key, values]) => [key, [...values]]));
    else delete spec.extra;
    request.status = {};
  },
  unowned: ["spec"],
  prepareForUpdate(request, old) {
    request.spec = structuredClone(old.spec);
    request.status = structuredClone(old.status ?? {});
  },
  fields: { "spec.signerName": (request) => request.spec.signerName },
  subresources: {
    approval: {
      prepareForUpdate(request, old) {
        request.spec = structuredClone(old.spec);
        const { conditions } = request.status ?? {};
        request.status = { ...structuredClone(old.status ?? {}), ...(conditions ? { conditions } : {}) };
      },
    },
  },
};
