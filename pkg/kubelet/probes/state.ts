/** How single probe results become a verdict: consecutive successes or failures against thresholds. Pure. */

export type ProbeKind = "startup" | "readiness" | "liveness";
export type ProbeOutcome = "success" | "failure" | "unknown";

export interface ProbeState {
  readonly verdict: ProbeOutcome;
  readonly streak: { readonly outcome: ProbeOutcome; readonly length: number };
}

export interface Thresholds {
  readonly successThreshold?: number | undefined;
  readonly failureThreshold?: number | undefined;
}

/** Before the first result: alive, not ready, not started. */
export function initialState(kind: ProbeKind): ProbeState {
  const verdict = kind === "liveness" ? "success" : kind === "readiness" ? "failure" : "unknown";
  return { verdict, streak: { outcome: "unknown", length: 0 } };
}

/** An unknown outcome (the probe itself failed) changes nothing. */
export function advance(
  state: ProbeState,
  outcome: ProbeOutcome,
  { successThreshold = 1, failureThreshold = 3 }: Thresholds,
): ProbeState {
  if (outcome === "unknown") return state;
  const length = state.streak.outcome === outcome ? state.streak.length + 1 : 1;
  const needed = outcome === "success" ? successThreshold : failureThreshold;
  return { verdict: length >= needed ? outcome : state.verdict, streak: { outcome, length } };
}
