/** Metrics of priority and fairness under upstream's names. */
import type { Registry } from "prom-client";
import { histogramSamples, type MetricType, type Observed, type Sample, sampler } from "../metrics/samples.ts";
import type { FlowControl } from "./flow-control.ts";
import type { FlowCounts } from "./flow-counts.ts";
import type { Kind } from "./kind-statistics.ts";
import type { PriorityLevel } from "./priority-level.ts";
import type { RatioTimes } from "./ratio-times.ts";

const prefix = "apiserver_flowcontrol_";
const msPerSecond = 1000;

export function registerFlowMetrics(registry: Registry, control: FlowControl): void {
  const { configuration, kinds } = control;
  const register = (name: string, type: MetricType, help: string, samples: (name: string) => Sample[]): void => {
    const full = prefix + name;
    registry.registerMetric(sampler(full, type, help, () => samples(full)));
  };
  const levels = (): PriorityLevel[] => {
    const all = [...configuration.levels];
    for (const { queueSet } of all) queueSet.sync();
    return all;
  };
  for (const [name, help, value] of levelGauges) {
    register(name, "gauge", help, () =>
      levels().map((level) => ({ labels: { priority_level: level.name }, value: value(level) })),
    );
  }
  for (const [name, help, bounds] of boundGauges) {
    register(name, "gauge", help, () => levels().flatMap((level) => boundSamples(level, bounds(level))));
  }
  for (const [name, type, help, samples] of flowMetrics) {
    register(name, type, help, (full) => [...configuration.counts].flatMap((counts) => samples(counts, full)));
  }
  for (const [name, help, series] of levelHistograms) {
    register(name, "histogram", help, (full) =>
      levels().flatMap((level) =>
        series(level).flatMap(([labels, times]) =>
          histogramSamples(full, { ...labels, priority_level: level.name }, observed(times)),
        ),
      ),
    );
  }
  const kindHelp =
    "Observations, at the end of every nanosecond, of the number of requests (as a fraction of the relevant limit) waiting or in regular stage of execution";
  register("read_vs_write_current_requests", "histogram", kindHelp, (full) =>
    (["readOnly", "mutating"] as const).flatMap((kind) => [
      ...kindSamples(full, kind, "executing", kinds.executingTimes[kind]),
      ...kindSamples(full, kind, "waiting", kinds.waitingTimes[kind]),
    ]),
  );
  const fairHelp = "Fair fraction of server's concurrency to allocate to each priority level that can use it";
  register("seat_fair_frac", "gauge", fairHelp, () => [{ labels: {}, value: configuration.fairFraction }]);
}

const observed = (times: RatioTimes): Observed => ({ bounds: times.bounds, ...times.read() });

const kindSamples = (name: string, request_kind: Kind, phase: string, times: RatioTimes): Sample[] =>
  histogramSamples(name, { phase, request_kind }, observed(times));

type LevelGauge = readonly [name: string, help: string, value: (level: PriorityLevel) => number];

const levelGauges: readonly LevelGauge[] = [
  [
    "nominal_limit_seats",
    "Nominal number of execution seats configured for each priority level",
    ({ limits }) => limits.nominal,
  ],
  [
    "lower_limit_seats",
    "Configured lower bound on number of execution seats available to each priority level",
    ({ limits }) => limits.lower,
  ],
  [
    "upper_limit_seats",
    "Configured upper bound on number of execution seats available to each priority level",
    ({ limits }) => limits.upper,
  ],
  [
    "current_limit_seats",
    "current derived number of execution seats available to each priority level",
    ({ current }) => current,
  ],
  ["target_seats", "Seat allocation targets", ({ target }) => target],
  [
    "demand_seats_high_watermark",
    "High watermark, over last adjustment period, of demand_seats",
    ({ queueSet }) => queueSet.statistics.demand.highWatermark,
  ],
  [
    "demand_seats_average",
    "Time-weighted average, over last adjustment period, of demand_seats",
    ({ queueSet }) => queueSet.statistics.demand.average,
  ],
  [
    "demand_seats_stdev",
    "Time-weighted standard deviation, over last adjustment period, of demand_seats",
    ({ queueSet }) => queueSet.statistics.demand.deviation,
  ],
  ["demand_seats_smoothed", "Smoothed seat demands", ({ queueSet }) => queueSet.statistics.demand.smoothed],
  ["current_r", "R(time of last change)", ({ queueSet }) => queueSet.progress / msPerSecond],
  ["dispatch_r", "R(time of last dispatch)", ({ queueSet }) => (queueSet.lastDispatch?.progress ?? 0) / msPerSecond],
  [
    "latest_s",
    "S(most recently dispatched request)",
    ({ queueSet }) => (queueSet.lastDispatch?.due ?? 0) / msPerSecond,
  ],
];

interface Bounds {
  readonly min: number;
  readonly max: number;
}

type BoundGauge = readonly [name: string, help: string, bounds: (level: PriorityLevel) => Bounds];

const boundGauges: readonly BoundGauge[] = [
  [
    "next_s_bounds",
    "min and max, over queues, of S(oldest waiting request in queue)",
    ({ queueSet: { lastDispatch } }) => ({ min: lastDispatch?.dueMin ?? 0, max: lastDispatch?.dueMax ?? 0 }),
  ],
  [
    "next_discounted_s_bounds",
    "min and max, over queues, of S(oldest waiting request in queue) - estimated work in progress",
    ({ queueSet: { lastDispatch } }) => ({
      min: lastDispatch?.discountedMin ?? 0,
      max: lastDispatch?.discountedMax ?? 0,
    }),
  ],
];

const boundSamples = ({ name: priority_level }: PriorityLevel, { min, max }: Bounds): Sample[] => [
  { labels: { priority_level, bound: "min" }, value: min / msPerSecond },
  { labels: { priority_level, bound: "max" }, value: max / msPerSecond },
];

type FlowMetric = readonly [
  name: string,
  type: MetricType,
  help: string,
  samples: (counts: FlowCounts, name: string) => Sample[],
];

const labelsOf = ({ level: priority_level, schema: flow_schema }: FlowCounts) => ({ priority_level, flow_schema });

const one =
  (value: (counts: FlowCounts) => number): FlowMetric[3] =>
  (counts) => [{ labels: labelsOf(counts), value: value(counts) }];

/** Nothing is told of what was never observed. */
const series = (name: string, labels: Sample["labels"], histogram: FlowCounts["estimatedSeats"]): Sample[] =>
  histogram.count === 0 ? [] : histogramSamples(name, labels, histogram);

const flowMetrics: readonly FlowMetric[] = [
  [
    "rejected_requests_total",
    "counter",
    "Number of requests rejected by API Priority and Fairness subsystem",
    (counts) =>
      Object.entries(counts.rejected).flatMap(([reason, value]) =>
        value === 0 ? [] : [{ labels: { ...labelsOf(counts), reason }, value }],
      ),
  ],
  [
    "dispatched_requests_total",
    "counter",
    "Number of requests executed by API Priority and Fairness subsystem",
    (counts) => (counts.dispatched === 0 ? [] : [{ labels: labelsOf(counts), value: counts.dispatched }]),
  ],
  [
    "current_inqueue_requests",
    "gauge",
    "Number of requests currently pending in queues of the API Priority and Fairness subsystem",
    one(({ waitingRequests }) => waitingRequests),
  ],
  [
    "current_inqueue_seats",
    "gauge",
    "Number of seats currently pending in queues of the API Priority and Fairness subsystem",
    one(({ waitingSeats }) => waitingSeats),
  ],
  [
    "current_executing_requests",
    "gauge",
    "Number of requests in initial (for a WATCH) or any (for a non-WATCH) execution stage in the API Priority and Fairness subsystem",
    one(({ executingRequests }) => executingRequests),
  ],
  [
    "current_executing_seats",
    "gauge",
    "Concurrency (number of seats) occupied by the currently executing (initial stage for a WATCH, any stage otherwise) requests in the API Priority and Fairness subsystem",
    one(({ executingSeats }) => executingSeats),
  ],
  [
    "request_queue_length_after_enqueue",
    "histogram",
    "Length of queue in the API Priority and Fairness subsystem, as seen by each request after it is enqueued",
    (counts, name) => series(name, labelsOf(counts), counts.queueLengths),
  ],
  [
    "request_wait_duration_seconds",
    "histogram",
    "Length of time a request spent waiting in its queue",
    (counts, name) => [
      ...series(name, { ...labelsOf(counts), execute: "true" }, counts.waits.executed),
      ...series(name, { ...labelsOf(counts), execute: "false" }, counts.waits.refused),
    ],
  ],
  [
    "request_execution_seconds",
    "histogram",
    "Duration of initial stage (for a WATCH) or any (for a non-WATCH) stage of request execution in the API Priority and Fairness subsystem",
    (counts, name) => [
      ...series(name, { ...labelsOf(counts), type: "regular" }, counts.executions.regular),
      ...series(name, { ...labelsOf(counts), type: "watch" }, counts.executions.watch),
    ],
  ],
  [
    "watch_count_samples",
    "histogram",
    "count of watchers for mutating requests in API Priority and Fairness",
    (counts, name) => series(name, labelsOf(counts), counts.watchCounts),
  ],
  [
    "work_estimated_seats",
    "histogram",
    "Number of estimated seats (maximum of initial and final seats) associated with requests in API Priority and Fairness",
    (counts, name) => series(name, labelsOf(counts), counts.estimatedSeats),
  ],
  [
    "request_dispatch_no_accommodation_total",
    "counter",
    "Number of times a dispatch attempt resulted in a non accommodation due to lack of available seats",
    (counts) => (counts.unaccommodated === 0 ? [] : [{ labels: labelsOf(counts), value: counts.unaccommodated }]),
  ],
];

type LevelHistogram = readonly [
  name: string,
  help: string,
  series: (level: PriorityLevel) => readonly (readonly [labels: Readonly<Record<string, string>>, times: RatioTimes])[],
];

const levelHistograms: readonly LevelHistogram[] = [
  [
    "priority_level_seat_utilization",
    "Observations, at the end of every nanosecond, of utilization of seats for any stage of execution (but only initial stage for WATCHes)",
    ({ queueSet: { statistics } }) => [[{ phase: "executing" }, statistics.seats]],
  ],
  [
    "priority_level_request_utilization",
    "Observations, at the end of every nanosecond, of number of requests (as a fraction of the relevant limit) waiting or in any stage of execution (but only initial stage for WATCHes)",
    ({ queueSet: { statistics } }) => [
      [{ phase: "waiting" }, statistics.waiting],
      [{ phase: "executing" }, statistics.executing],
    ],
  ],
  [
    "demand_seats",
    "Observations, at the end of every nanosecond, of (the number of seats each priority level could use) / (nominal number of seats for that level)",
    ({ queueSet: { statistics } }) => [[{}, statistics.demandSeats]],
  ],
];
