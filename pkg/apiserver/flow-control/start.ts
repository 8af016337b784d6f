/** Makes the limiter that the options ask for. */
import type { Registry } from "prom-client";
import { type Clock, systemClock } from "#pkg/apimachinery/clock.ts";
import type { RemoteApis } from "../aggregation/index.ts";
import { InFlight } from "../filters/inflight.ts";
import type { RequestLimiter } from "../filters/limiter.ts";
import { registerLimiterMetrics } from "../metrics/limiter.ts";
import type { ApiServerOptions } from "../options.ts";
import { isPersisted } from "../resources/build-table.ts";
import type { FollowOptions } from "../resources/follow.ts";
import type { ResourceTable } from "../resources/table.ts";
import { FlowControl } from "./flow-control.ts";
import { FlowObjects } from "./flow-objects.ts";
import { registerFlowMetrics } from "./metrics.ts";
import type { WorkFacts } from "./work-estimate.ts";

export interface LimiterSurroundings {
  readonly table: ResourceTable;
  readonly remoteApis: RemoteApis;
  readonly registry: Registry;
  readonly follow: FollowOptions;
}

export interface Limiting {
  readonly limiter: RequestLimiter;
  /** Undefined: the server runs without priority and fairness. */
  readonly fairness?: { readonly control: FlowControl; readonly objects: FlowObjects };
}

/** Lengths of service are well below a millisecond, and the clock on the wall jumps. */
const fineClock: Clock = { ...systemClock, now: () => performance.now() };

/** Resolves when the priority levels that are stored hold. */
export async function startLimiter(
  { inFlight, priorityAndFairness }: Pick<ApiServerOptions, "inFlight" | "priorityAndFairness">,
  { table, remoteApis, registry, follow }: LimiterSurroundings,
): Promise<Limiting> {
  if (!priorityAndFairness) {
    const limiter = new InFlight(inFlight);
    registerLimiterMetrics(registry, limiter);
    return { limiter };
  }
  const control = new FlowControl({
    seats: inFlight.readOnly + inFlight.mutating,
    clock: fineClock,
    objectsOf: objectsOf(table),
    isDelegated: (info) => remoteApis.serverOf(info) !== undefined,
  });
  registerLimiterMetrics(registry, control);
  registerFlowMetrics(registry, control);
  const objects = new FlowObjects(control);
  await objects.follow(table, follow);
  control.start(follow.signal);
  return { limiter: control, fairness: { control, objects } };
}

function objectsOf(table: ResourceTable): WorkFacts["objectsOf"] {
  return ({ group, version, plural }) => {
    const resource = table.lookup(group, version, plural);
    if (!resource || !isPersisted(resource.def)) return undefined;
    const { size: count, bytes } = resource.store;
    return { count, bytes };
  };
}
