import type { PersistentVolumeClaimSpec } from "#api/types/core/v1";
import { fractionWarnings } from "./containers.ts";

/** What clients are told about a claim, or the template of one. */
export const claimSpecWarnings = (path: string, { resources }: PersistentVolumeClaimSpec): string[] => [
  ...fractionWarnings(`${path}.resources.requests`, resources?.requests, "storage"),
  ...fractionWarnings(`${path}.resources.limits`, resources?.limits, "storage"),
];
