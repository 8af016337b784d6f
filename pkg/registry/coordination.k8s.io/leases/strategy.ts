import type { Lease, LeaseSpec } from "#api/types/coordination.k8s.io/v1";
import { invalid } from "#pkg/apimachinery/validation/field-error.ts";
import { atLeastZero, type Findings } from "../../shared/findings.ts";
import type { Strategy } from "../../strategy.ts";

export const leases: Strategy<Lease> = {
  allowCreateOnUpdate: true,
  allowUnconditionalUpdate: false,
  prepareForCreate: ({ spec }) => dropElection(spec, undefined),
  prepareForUpdate: ({ spec }, old) => dropElection(spec, old.spec),
  validate: ({ spec }) => [...leaseSpec("spec", spec ?? {})],
};

/** Election that the API server takes part in is not enabled. */
function dropElection(spec: LeaseSpec | undefined, old: Readonly<LeaseSpec> | undefined): void {
  if (old?.strategy === undefined) delete spec?.strategy;
  if (old?.preferredHolder === undefined) delete spec?.preferredHolder;
}

function* leaseSpec(path: string, { leaseDurationSeconds: seconds, leaseTransitions }: LeaseSpec): Findings {
  if (seconds !== undefined && seconds <= 0) {
    yield invalid(`${path}.leaseDurationSeconds`, seconds, "must be greater than 0");
  }
  yield* atLeastZero(`${path}.leaseTransitions`, leaseTransitions);
}
