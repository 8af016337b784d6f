import type { PersistentVolumeClaim } from "#api/types/core/v1";
import { claimSpecWarnings } from "../../shared/pod-warnings/claims.ts";
import type { Strategy } from "../../strategy.ts";
import { alignDataSources } from "./data-source.ts";
import { classAnnotation, validateClaimUpdate, validateNewClaim } from "./validate.ts";
import { validateClaimStatus } from "./validate-status.ts";

export const persistentvolumeclaims: Strategy<PersistentVolumeClaim> = {
  applyDefaults(claim) {
    claim.spec.volumeMode ??= "Filesystem";
    claim.status = { phase: "Pending", ...claim.status };
  },
  prepareForCreate(claim) {
    claim.status = { phase: "Pending" };
    alignDataSources(claim.spec, undefined);
  },
  prepareForUpdate: (claim, old) => alignDataSources(claim.spec, old.spec),
  validateCreate: validateNewClaim,
  validateUpdate: validateClaimUpdate,
  warningsOnCreate: claimWarnings,
  warningsOnUpdate: claimWarnings,
  // A name without its object's, which upstream keeps for old clients.
  fields: { name: ({ metadata }) => metadata.name ?? "" },
  subresources: { status: { validateUpdate: validateClaimStatus } },
};

function claimWarnings({ metadata, spec }: Readonly<PersistentVolumeClaim>): string[] {
  const warnings: string[] = [];
  if (Object.hasOwn(metadata.annotations ?? {}, classAnnotation)) {
    const text = 'deprecated since v1.8; use "storageClassName" attribute instead';
    warnings.push(`metadata.annotations[${classAnnotation}]: ${text}`);
  }
  return [...warnings, ...claimSpecWarnings("spec", spec)];
}
