import type { CertificateSigningRequest, CertificateSigningRequestCondition } from "#api/types/certificates.k8s.io/v1";
import type { Strategy } from "../../strategy.ts";
import { validateNewRequest, validateRequestUpdate } from "./validate.ts";

type Condition = CertificateSigningRequestCondition;

/** Times that a condition came without: those of the same condition before, or now. */
function dated(conditions: readonly Condition[], old: readonly Condition[], now: Date): Condition[] {
  const time = `${now.toISOString().slice(0, 19)}Z`;
  return conditions.map((condition) => {
    const before = old.find(
      ({ type, status, lastTransitionTime }) =>
        type === condition.type && status === condition.status && lastTransitionTime,
    );
    return {
      ...condition,
      lastUpdateTime: condition.lastUpdateTime ?? time,
      lastTransitionTime: condition.lastTransitionTime ?? before?.lastTransitionTime ?? time,
    };
  });
}

/** Conditions that are only the approver's to write stay as they were, as long as there are as many. */
function withDecisionsOf(conditions: readonly Condition[], old: readonly Condition[]): Condition[] {
  const kept = [...conditions];
  for (const type of ["Approved", "Denied"]) {
    const before = old.filter((condition) => condition.type === type);
    if (kept.filter((condition) => condition.type === type).length !== before.length) continue;
    for (const [at, condition] of kept.entries()) {
      if (condition.type === type) kept[at] = structuredClone(before.shift() ?? condition);
    }
  }
  return kept;
}

export const certificatesigningrequests: Strategy<CertificateSigningRequest> = {
  /** Any; the generic server wants it to fit into a URL. */
  validateName: () => [],
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
  validateCreate: validateNewRequest,
  unowned: ["spec"],
  prepareForUpdate(request, old) {
    request.spec = structuredClone(old.spec);
    request.status = structuredClone(old.status ?? {});
  },
  validateUpdate: validateRequestUpdate({ approval: false, certificate: false }),
  fields: { "spec.signerName": (request) => request.spec.signerName },
  subresources: {
    status: {
      prepareForUpdate(request, old, { now }) {
        request.spec = structuredClone(old.spec);
        const { conditions } = request.status ?? {};
        const before = old.status?.conditions ?? [];
        if (!request.status || !conditions) return;
        request.status.conditions = dated(withDecisionsOf(conditions, before), before, now);
      },
      validateUpdate: validateRequestUpdate({ approval: false, certificate: true }),
    },
    approval: {
      prepareForUpdate(request, old, { now }) {
        request.spec = structuredClone(old.spec);
        const { conditions = [] } = request.status ?? {};
        const { conditions: before = [], ...status } = structuredClone(old.status ?? {});
        request.status = conditions.length > 0 ? { ...status, conditions: dated(conditions, before, now) } : status;
      },
      validateUpdate: validateRequestUpdate({ approval: true, certificate: false }),
    },
  },
};
