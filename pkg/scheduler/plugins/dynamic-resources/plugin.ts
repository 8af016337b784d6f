/**
 * Places pods with claims to devices where their claims have devices, or can get some, and gives them these. Dynamic
 * resource allocation, KEP-4381 (structured parameters) with the parts that are on by default in 1.35.
 */
import { resources } from "#api/gen/resources.ts";
import type { Clock } from "#pkg/apimachinery/clock.ts";
import { isReservedFor } from "#pkg/apimachinery/devices/pod-claims.ts";
import type { Logger } from "#pkg/apimachinery/log.ts";
import { keyOf } from "#pkg/apimachinery/object.ts";
import type { Client, InformerSet } from "#pkg/client/types.ts";
import type { NodeInfo, PodInfo } from "../../cache/types.ts";
import { Allocator } from "../../dynamic-resources/allocator.ts";
import { ClaimTracker } from "../../dynamic-resources/claim-tracker.ts";
import { takenBy } from "../../dynamic-resources/device-id.ts";
import { selectorMatches } from "../../dynamic-resources/node-match.ts";
import { sliceIndex } from "../../dynamic-resources/slice-index.ts";
import { wishesOf } from "../../dynamic-resources/wishes.ts";
import { definePlugin, type Plugin, type PostFilterPlugin } from "../../framework/plugin.ts";
import { failed, ok, unresolvable, type Verdict } from "../../framework/verdict.ts";
import { bindClaim } from "./bind-claim.ts";
import { whyNot } from "./check.ts";
import { claimsOf } from "./claims-of.ts";
import type { Cycle, CycleClaim, Devices } from "./cycle.ts";
import { deallocation } from "./post-filter.ts";
import { helps } from "./requeue.ts";
import { hasAlternatives, scoreOf } from "./score.ts";

export interface DynamicResourcesOptions {
  readonly client: Client;
  /** Not started yet. */
  readonly informers: InformerSet;
  readonly clock: Clock;
  readonly log: Logger;
}

export interface DynamicResources {
  readonly plugin: Plugin;
  /** Goes before preemption: devices that nobody uses are given up before a pod is. */
  readonly postFilter: PostFilterPlugin;
}

export function dynamicResources(options: DynamicResourcesOptions): DynamicResources {
  const { client, informers } = options;
  const classes = informers.informer(resources.deviceclasses);
  const devices: Devices = {
    client,
    claims: new ClaimTracker(informers.informer(resources.resourceclaims)),
    slices: sliceIndex(informers.informer(resources.resourceslices)),
    classOf: (name) => classes.get(name),
  };
  // A pod has one cycle at a time, from its preFilter to its binding.
  const cycles = new WeakMap<PodInfo, Cycle>();
  const cycleOf = (pod: PodInfo) => cycles.get(pod);
  const plugin = definePlugin<Cycle, Cycle>({
    name: "DynamicResources",
    preEnqueue({ pod }) {
      const own = claimsOf(pod, devices.claims);
      return own.kind === "found" ? ok : unresolvable(own.why);
    },
    gateOpensOn: ["resourceClaimChanged"],
    preFilter(pod) {
      if (!pod.pod.spec.resourceClaims?.length) return { skip: true };
      cycles.delete(pod);
      const begun = begin(pod, devices);
      if (!begun) return { skip: true };
      if ("kind" in begun) return { verdict: begun };
      cycles.set(pod, begun);
      return { state: begun };
    },
    filter: (_, node, cycle) => filter(node, cycle, devices),
    preScore(pod) {
      const cycle = cycleOf(pod);
      return cycle && hasAlternatives(cycle) ? { state: cycle } : { skip: true };
    },
    score: (_, node, cycle) => scoreOf(cycle, cycle.results.get(node.name) ?? []),
    normalize: "default",
    reserve(pod, node) {
      const cycle = cycleOf(pod);
      return cycle ? reserve(node, cycle, devices) : ok;
    },
    async unreserve(pod, _, { signal }) {
      const cycle = cycleOf(pod);
      if (cycle) await unreserve(pod, cycle, { ...options, devices, signal });
    },
    willPreBind: (pod) => cycleOf(pod) !== undefined,
    async preBind(pod, _, { signal }) {
      const cycle = cycleOf(pod);
      return cycle ? preBind(pod, cycle, { ...options, devices, signal }) : ok;
    },
    requeueOn: (pod, event) => helps(pod, event, devices.claims),
  });
  return { plugin, postFilter: deallocation(devices, cycleOf) };
}

/** Undefined for a pod that needs no devices, a verdict for one that no node can help. */
function begin(pod: PodInfo, devices: Devices): Cycle | Verdict | undefined {
  const own = claimsOf(pod.pod, devices.claims);
  if (own.kind === "missing") return unresolvable(own.why);
  if (own.claims.length === 0) return undefined;
  for (const claim of own.claims) {
    const verdict = whyNot(claim, pod, devices);
    if (verdict) return verdict;
  }
  const claims = own.claims.map((claim): CycleClaim => ({ claim }));
  const unallocated = claims.filter(({ claim }) => !claim.status?.allocation);
  return { claims, unallocated, results: new Map(), unavailable: new Set() };
}

function filter(node: NodeInfo, cycle: Cycle, devices: Devices): Verdict {
  const elsewhere = cycle.claims.filter(({ claim }) => {
    const selector = claim.status?.allocation?.nodeSelector;
    return selector && !selectorMatches(selector, node);
  });
  const verdict = cycle.unallocated.length > 0 ? allocate(node, cycle, devices) : ok;
  if (verdict.kind !== "ok") return verdict;
  for (const claim of elsewhere) cycle.unavailable.add(claim);
  return elsewhere.length > 0 ? unresolvable("resourceclaim not available on the node") : ok;
}

function allocate(node: NodeInfo, cycle: Cycle, { slices, claims, classOf }: Devices): Verdict {
  try {
    cycle.allocator ??= new Allocator(
      cycle.unallocated.map(({ claim }) => wishesOf(claim, classOf)),
      { slices, isTaken: (id) => claims.isTaken(id), now: () => performance.now() },
    );
    const allocation = cycle.allocator.allocate(node);
    if (allocation.kind === "none") return unresolvable(allocation.why);
    cycle.results.set(node.name, allocation.results);
    return ok;
  } catch (error) {
    return failed(error);
  }
}

function reserve(node: NodeInfo, cycle: Cycle, { claims }: Devices): Verdict {
  if (cycle.unallocated.length === 0) return ok;
  const results = cycle.results.get(node.name);
  if (!results) return failed(new Error("claim allocation not found for node"));
  for (const [at, cycleClaim] of cycle.unallocated.entries()) {
    const allocation = results[at] as (typeof results)[number];
    cycleClaim.allocation = allocation;
    claims.setPending(cycleClaim.claim.metadata.uid ?? "", takenBy(allocation.devices?.results));
  }
  return ok;
}

interface Writing extends DynamicResourcesOptions {
  readonly devices: Devices;
  readonly signal: AbortSignal;
}

async function unreserve(pod: PodInfo, cycle: Cycle, { client, devices, log, signal }: Writing): Promise<void> {
  for (const { claim } of cycle.claims) {
    const { namespace = "", name = "", uid = "" } = claim.metadata;
    if (devices.claims.removePending(uid)) devices.claims.restore(keyOf(claim));
    if (!claim.status?.allocation || !isReservedFor(claim, pod.pod)) continue;
    const patch = { metadata: { uid }, status: { reservedFor: [{ $patch: "delete", uid: pod.uid }] } };
    try {
      const how = { type: "strategic", subresource: "status", signal } as const;
      await client.resourceclaims.patch({ namespace, name }, patch, how);
    } catch (error) {
      // The next attempt comes here again, and when the pod is gone the claim's controller takes it out.
      if (!signal.aborted)
        log.warn({ err: error, pod: pod.key, claim: keyOf(claim) }, "reservation was not taken back");
    }
  }
}

async function preBind(pod: PodInfo, cycle: Cycle, { client, clock, devices, signal }: Writing): Promise<Verdict> {
  for (const cycleClaim of cycle.claims) {
    const { claim, allocation } = cycleClaim;
    if (isReservedFor(claim, pod.pod)) continue;
    try {
      cycleClaim.claim = await bindClaim(cycleClaim, pod.pod, { client: client.resourceclaims, clock, signal });
      devices.claims.assume(cycleClaim.claim);
    } catch (error) {
      return failed(error);
    } finally {
      if (allocation) devices.claims.removePending(claim.metadata.uid ?? "");
    }
  }
  return ok;
}
