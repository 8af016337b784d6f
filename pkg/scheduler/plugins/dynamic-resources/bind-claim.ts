/** Writes into a claim which devices it got, and that the pod uses it. */
import type { Pod } from "#api/types/core/v1";
import type { ResourceClaim } from "#api/types/resource.k8s.io/v1";
import type { Clock } from "#pkg/apimachinery/clock.ts";
import { consumerOf, finalizer } from "#pkg/apimachinery/devices/pod-claims.ts";
import { keyOf } from "#pkg/apimachinery/object.ts";
import { StatusError } from "#pkg/apimachinery/status-error.ts";
import type { ResourceClient } from "#pkg/client/types.ts";
import type { CycleClaim } from "./cycle.ts";

/** Others may change the claim meanwhile, the driver for one. */
const attemptsMax = 5;
const pauseMs = 10;

export interface BindOptions {
  readonly client: ResourceClient<ResourceClaim>;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

/** The claim as it was written. Rejects with an Error in upstream's words. */
export async function bindClaim(
  { claim, allocation }: CycleClaim,
  pod: Readonly<Pod>,
  { client, clock, signal }: BindOptions,
): Promise<ResourceClaim> {
  let current: Readonly<ResourceClaim> = claim;
  for (let attempt = 1; ; attempt++) {
    try {
      return await write({ claim: current, ...(allocation ? { allocation } : {}) }, pod, { client, signal });
    } catch (error) {
      if (!isConflict(error) || attempt >= attemptsMax) throw error;
    }
    await clock.sleep(pauseMs, signal);
    current = await saying(`get updated claim ${keyOf(claim)} after conflict`, () => {
      const { namespace = "", name = "" } = claim.metadata;
      return client.get({ namespace, name }, { signal });
    });
  }
}

const isConflict = (error: unknown): boolean =>
  error instanceof Error && error.cause instanceof StatusError && error.cause.reason === "Conflict";

async function saying<T>(what: string, act: () => Promise<T>): Promise<T> {
  try {
    return await act();
  } catch (error) {
    throw new Error(`${what}: ${(error as Error).message}`, { cause: error });
  }
}

async function write(
  { claim, allocation }: CycleClaim,
  pod: Readonly<Pod>,
  { client, signal }: Pick<BindOptions, "client" | "signal">,
): Promise<ResourceClaim> {
  const name = keyOf(claim);
  if (claim.metadata.deletionTimestamp) throw new Error(`claim ${name} got deleted in the meantime`);
  if (allocation && claim.status?.allocation) throw new Error(`claim ${name} got allocated elsewhere in the meantime`);
  const protectedClaim = allocation ? await protect(claim, { client, signal }) : claim;
  const reservedFor = [...(protectedClaim.status?.reservedFor ?? []), consumerOf(pod)];
  const status = { ...protectedClaim.status, ...(allocation ? { allocation } : {}), reservedFor };
  const what = allocation ? "allocation and reservation" : "reservation";
  return saying(`add ${what} to claim ${name}`, () => client.updateStatus({ ...protectedClaim, status }, { signal }));
}

/** A claim with devices must not go before they are given back. */
async function protect(
  claim: Readonly<ResourceClaim>,
  { client, signal }: Pick<BindOptions, "client" | "signal">,
): Promise<Readonly<ResourceClaim>> {
  const { finalizers = [] } = claim.metadata;
  if (finalizers.includes(finalizer)) return claim;
  const metadata = { ...claim.metadata, finalizers: [...finalizers, finalizer] };
  return saying(`add finalizer to claim ${keyOf(claim)}`, () => client.update({ ...claim, metadata }, { signal }));
}
