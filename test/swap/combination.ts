/** Which clusters are tried, and the table of how they did. Pure. */

export const swappable = [
  "kube-apiserver",
  "kube-controller-manager",
  "kube-scheduler",
  "kubelet",
  "kube-proxy",
] as const;
export type Swappable = (typeof swappable)[number];

export type Maker = "ours" | "upstream";

/** Everything is of one maker but, where `swapped` says so, one component. */
export interface Combination {
  readonly base: Maker;
  readonly swapped?: Swappable;
}

/** What a user does with the cluster, in this order. */
export const stepNames = [
  "node ready",
  "service",
  "job",
  "rolling update",
  "namespace deleted",
  "nothing died",
] as const;
export type StepName = (typeof stepNames)[number];

export interface StepResult {
  readonly step: StepName;
  readonly ms: number;
  /** Absent when it passed. */
  readonly error?: string;
}

export interface CombinationResult {
  readonly combination: Combination;
  readonly steps: readonly StepResult[];
  /** Why it did not get as far as its steps, or did not end them. */
  readonly error?: string;
}

const other = (maker: Maker): Maker => (maker === "ours" ? "upstream" : "ours");

export const makerOf = ({ base, swapped }: Combination, component: Swappable): Maker =>
  component === swapped ? other(base) : base;

export const nameOf = ({ base, swapped }: Combination): string =>
  swapped === undefined ? `all-${base}` : `${base}-with-${other(base)}-${swapped}`;

/** The ten swaps, and before them both clusters as they are, without which a failing swap says nothing. */
export function allCombinations(): Combination[] {
  const bases: readonly Maker[] = ["ours", "upstream"];
  return bases.flatMap((base) => [{ base }, ...swappable.map((swapped) => ({ base, swapped }))]);
}

/** Passed means that every step was done and none failed. */
export function isPassed({ steps, error }: CombinationResult): boolean {
  const passed = new Set(steps.filter((result) => result.error === undefined).map(({ step }) => step));
  return error === undefined && steps.length === stepNames.length && stepNames.every((step) => passed.has(step));
}

function cellOf(result: CombinationResult | undefined): string {
  if (!result) return "not run";
  if (isPassed(result)) {
    const ms = result.steps.reduce((sum, step) => sum + step.ms, 0);
    return `passed in ${(ms / 1000).toFixed(1)} s`;
  }
  const failed = result.steps.find((step) => step.error !== undefined);
  const missing = stepNames.find((name) => !result.steps.some(({ step }) => step === name));
  return `FAILED: ${failed?.step ?? missing ?? "did not end well"}`;
}

/** Two rows, a column for the base as it is and one for each component that was swapped. */
export function matrixOf(results: readonly CombinationResult[]): string {
  const find = (base: Maker, swapped: Swappable | undefined) =>
    results.find(({ combination }) => combination.base === base && combination.swapped === swapped);
  const columns: readonly (Swappable | undefined)[] = [undefined, ...swappable];
  const row = (base: Maker) => {
    const cells = columns.map((swapped) => cellOf(find(base, swapped)));
    return `| ${base}, one of ${base === "ours" ? "upstream's" : "ours"} | ${cells.join(" | ")} |`;
  };
  const head = `| | nothing swapped | ${swappable.join(" | ")} |`;
  return [head, `|---|${columns.map(() => "---|").join("")}`, row("ours"), row("upstream")].join("\n");
}
