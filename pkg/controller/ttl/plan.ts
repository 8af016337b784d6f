/** How long kubelets may believe secrets and config maps that they hold, by the number of nodes. Pure. */

interface Step {
  readonly nodesMin: number;
  readonly nodesMax: number;
  readonly ttlSeconds: number;
}

/** Steps overlap, so that a cluster at their edge does not go to and fro. */
const steps: readonly Step[] = [
  { nodesMin: 0, nodesMax: 100, ttlSeconds: 0 },
  { nodesMin: 90, nodesMax: 500, ttlSeconds: 15 },
  { nodesMin: 450, nodesMax: 1000, ttlSeconds: 30 },
  { nodesMin: 900, nodesMax: 2000, ttlSeconds: 60 },
  { nodesMin: 1800, nodesMax: Number.POSITIVE_INFINITY, ttlSeconds: 300 },
];

/** The step for so many nodes, coming from another one. */
export function nextStep(step: number, nodes: number): number {
  let next = step;
  while (nodes > (steps[next]?.nodesMax ?? Number.POSITIVE_INFINITY)) next += 1;
  while (nodes < (steps[next]?.nodesMin ?? 0)) next -= 1;
  return next;
}

export const ttlSecondsOf = (step: number): number => steps[step]?.ttlSeconds ?? 0;
