/** The client of the API: calls, informers, queues, leader election, events. */
export { Backoff, type BackoffOptions } from "./backoff.ts";
export { clientOver, connect } from "./client.ts";
export { EventRecorder, type EventRecorderOptions, type EventText, referenceTo } from "./event-recorder.ts";
export * from "./failures.ts";
export { type InformersOptions, informers } from "./informer-set.ts";
export { connectionFromKubeconfig, inClusterConnection, type KubeconfigOptions, tokenFromFile } from "./kubeconfig.ts";
export { type ElectionOptions, lead } from "./lead.ts";
export { type LeaderElectionOptions, type Leadership, leaderElection } from "./leader-election.ts";
export { done, type Outcome, type Reconcile, runWorkers, type WorkersOptions } from "./run-workers.ts";
export { Transport } from "./transport.ts";
export type * from "./types.ts";
export { type QueueMetrics, type RateLimits, WorkQueue, type WorkQueueOptions } from "./work-queue.ts";
