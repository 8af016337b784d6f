/** Runs something only while this copy of a component leads. */
import { randomUUID } from "node:crypto";
import { hostname } from "node:os";
import type { Logger } from "#pkg/apimachinery/log.ts";
import { leaderElection } from "./leader-election.ts";
import type { Client } from "./types.ts";

export interface ElectionOptions {
  /** False: this copy works without asking whether another does. */
  readonly enabled: boolean;
  readonly namespace: string;
  readonly name: string;
  readonly leaseMs: number;
  readonly renewDeadlineMs: number;
  readonly retryMs: number;
}

export interface LeadOptions {
  readonly election: ElectionOptions;
  readonly client: Client;
  readonly log: Logger;
}

/**
 * `work` gets a signal that ends with `signal` or with the leadership, and is waited for. Rejects when the leadership was lost
 * first: what this copy believes about the cluster is then too old to go on with.
 */
export async function lead(
  { election, client, log }: LeadOptions,
  signal: AbortSignal,
  work: (signal: AbortSignal) => Promise<void>,
): Promise<void> {
  const { enabled, ...times } = election;
  if (!enabled) return work(signal);
  const identity = `${hostname()}_${randomUUID()}`;
  try {
    await using leadership = await leaderElection({ ...times, client, identity, log }, signal);
    log.info({ identity }, "became leader");
    await work(AbortSignal.any([signal, leadership.lost]));
    if (!signal.aborted) throw new Error("leadership was lost");
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}
