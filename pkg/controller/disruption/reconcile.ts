/** observe → plan → apply for one disruption budget. */
import type { PodDisruptionBudget, PodDisruptionBudgetStatus } from "#api/types/policy/v1";
import { done, type EventRecorder, isConflict, isNotFound, type Outcome } from "#pkg/client/index.ts";
import type { ControllerContext } from "../framework/controller.ts";
import { selectorText } from "../framework/selector-text.ts";
import type { Budgets } from "./budgets.ts";
import { disruptedOf, expectedOf, failedStatus, needsScale, statusOf } from "./plan.ts";
import { ScaleFinder } from "./scale.ts";

type Budget = Readonly<PodDisruptionBudget>;
type Pods = ReturnType<Budgets["podsOf"]>;

export class DisruptionReconciler {
  readonly #context: ControllerContext;
  readonly #budgets: Budgets;
  readonly #scales: ScaleFinder;
  readonly #recorder: EventRecorder;

  constructor(context: ControllerContext, budgets: Budgets) {
    this.#context = context;
    this.#budgets = budgets;
    this.#scales = new ScaleFinder(context);
    this.#recorder = context.recorder("controllermanager");
  }

  async reconcile(key: string, signal: AbortSignal): Promise<Outcome> {
    const budget = this.#budgets.cache.get(key);
    if (!budget) return done;
    try {
      return await this.#sync(budget, signal);
    } catch (error) {
      if (isConflict(error) || signal.aborted) throw error;
      if (isNotFound(error)) return done;
      this.#context.log.warn({ err: error, budget: key }, "status of a disruption budget is not known");
      await this.#write(budget, failedStatus(budget, (error as Error).message, this.#context.clock.now()), signal);
      return done;
    }
  }

  async #sync(budget: Budget, signal: AbortSignal): Promise<Outcome> {
    const pods = this.#pods(budget);
    const expected = expectedOf(budget.spec, await this.#scale(budget, pods, signal));
    const now = this.#context.clock.now();
    const disrupted = disruptedOf(budget, pods, now);
    const { namespace, name } = budget.metadata;
    for (const pod of disrupted.overdue) {
      this.#recorder.warning(
        pod,
        "NotDeleted",
        `Pod was expected by PDB ${namespace}/${name} to be deleted but it wasn't`,
      );
    }
    const status = statusOf(budget, { pods, disrupted: disrupted.pods, expected, now });
    if (status) await this.#write(budget, status, signal);
    // A moment later than due: overdue is strictly after.
    return disrupted.recheckMs === undefined ? done : { requeueAfterMs: disrupted.recheckMs + 1 };
  }

  #pods(budget: Budget): Pods {
    try {
      const pods = this.#budgets.podsOf(budget);
      if (pods.length === 0) this.#recorder.normal(budget, "NoPods", "No matching pods found");
      return pods;
    } catch (error) {
      this.#recorder.warning(budget, "NoPods", `Failed to get pods: ${(error as Error).message}`);
      throw error;
    }
  }

  async #scale(budget: Budget, pods: Pods, signal: AbortSignal): Promise<number> {
    if (!needsScale(budget.spec)) return pods.length;
    try {
      const { scale, hasUnmanaged } = await this.#scales.expected(pods, signal);
      if (hasUnmanaged) this.#tellUnmanaged(budget);
      return scale;
    } catch (error) {
      const why = `Failed to calculate the number of expected pods: ${(error as Error).message}`;
      if (!signal.aborted) this.#recorder.warning(budget, "CalculateExpectedPodCountFailed", why);
      throw error;
    }
  }

  #tellUnmanaged(budget: Budget): void {
    const text =
      `Pods selected by this PodDisruptionBudget (selector: ${selectorText(budget.spec.selector)}) were found ` +
      "to be unmanaged. As a result, the status of the PDB cannot be calculated correctly, which may result in undefined behavior. " +
      'To account for these pods please set ".spec.minAvailable" field of the PDB to an integer value.';
    this.#recorder.warning(budget, "UnmanagedPods", text);
  }

  async #write(budget: Budget, status: PodDisruptionBudgetStatus, signal: AbortSignal): Promise<void> {
    await this.#context.client.poddisruptionbudgets.updateStatus({ ...budget, status }, { signal });
  }
}
