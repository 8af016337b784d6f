/** One look at an autoscaler: scale of the target → metrics → limits → new scale and status. */
import { resources } from "#api/gen/resources.ts";
import type { Scale } from "#api/types/autoscaling/v1";
import type { HorizontalPodAutoscaler, MetricStatus } from "#api/types/autoscaling/v2";
import type { Pod } from "#api/types/core/v1";
import { type LabelSelector, parseLabelSelector } from "#pkg/apimachinery/labels/index.ts";
import { done, type EventRecorder, type Informer, isConflict, isNotFound, type Outcome } from "#pkg/client/index.ts";
import type { ControllerContext } from "../framework/controller.ts";
import { sameJson } from "../framework/equal.ts";
import { type ServedKind, ServedKinds, splitApiVersion } from "../framework/served-kinds.ts";
import type { HorizontalAutoscaling } from "../options.ts";
import { ScaleHistory } from "./history.ts";
import { limitStep } from "./limits.ts";
import { MetricsClient } from "./metrics-client.ts";
import { SelectorClaims } from "./selectors.ts";
import { MetricError, propose, type Target } from "./sources.ts";
import { StatusDraft } from "./status.ts";
import { tolerancesOf } from "./tolerance.ts";

type Autoscaler = Readonly<HorizontalPodAutoscaler>;

const scaleTriesMax = 5;

interface Wanted {
  readonly replicas: number;
  readonly reason: string;
  readonly metrics: readonly MetricStatus[];
}

/** One look; the draft collects what the status will say. */
interface Look {
  readonly key: string;
  readonly autoscaler: Autoscaler;
  readonly draft: StatusDraft;
  readonly history: ScaleHistory;
  readonly now: number;
  readonly signal: AbortSignal;
}

/** It was told to the user already, in events and conditions. */
class Told extends Error {}

export class AutoscalerReconciler {
  readonly #context: ControllerContext;
  readonly #options: HorizontalAutoscaling;
  readonly #autoscalers: Informer<HorizontalPodAutoscaler>;
  readonly #pods: Informer<Pod>;
  readonly #recorder: EventRecorder;
  readonly #kinds: ServedKinds;
  readonly #metrics: MetricsClient;
  readonly #histories = new Map<string, ScaleHistory>();
  readonly #claims = new SelectorClaims();

  constructor(context: ControllerContext, options: HorizontalAutoscaling) {
    this.#context = context;
    this.#options = options;
    this.#autoscalers = context.informers.informer(resources.horizontalpodautoscalers);
    this.#pods = context.informers.informer(resources.pods);
    this.#recorder = context.recorder("horizontal-pod-autoscaler");
    this.#kinds = new ServedKinds(context.client, context.clock);
    this.#metrics = new MetricsClient(context.client, this.#kinds);
  }

  forget(key: string): void {
    this.#histories.delete(key);
    this.#claims.release(key);
  }

  async reconcile(key: string, signal: AbortSignal): Promise<Outcome> {
    const autoscaler = this.#autoscalers.get(key);
    if (!autoscaler) return done;
    const now = this.#context.clock.now();
    const history = this.#histories.get(key) ?? new ScaleHistory();
    this.#histories.set(key, history);
    const draft = new StatusDraft(autoscaler.status, now);
    try {
      await this.#look({ key, autoscaler, draft, history, now, signal });
    } catch (error) {
      if (!(error instanceof Told)) throw error;
      this.#context.log.debug({ err: error, autoscaler: key }, "did not scale");
    }
    await this.#writeStatus(autoscaler, draft, signal);
    return { requeueAfterMs: this.#options.syncPeriodMs };
  }

  async #look(look: Look): Promise<void> {
    const { autoscaler, draft, history, now } = look;
    const { served, scale } = await this.#scale(look);
    draft.set(
      "AbleToScale",
      "True",
      "SucceededGetScale",
      "the HPA controller was able to get the target's current scale",
    );
    const current = scale.spec.replicas ?? 0;
    if (history.recommendations.length === 0) history.recommend(current, now);
    const wanted = await this.#wanted(look, scale, current);
    const isNew = wanted.replicas !== current;
    if (isNew) await this.#rescale(look, served, scale, wanted);
    draft.observe(current, wanted.metrics, wanted.replicas);
    if (!isNew) return;
    draft.rescaled();
    if (autoscaler.spec.behavior) history.scaled(current, wanted.replicas, now);
  }

  async #scale({ autoscaler, draft, signal }: Look): Promise<{ served: ServedKind; scale: Scale }> {
    const { apiVersion = "", kind, name } = autoscaler.spec.scaleTargetRef;
    const { namespace = "" } = autoscaler.metadata;
    try {
      const served = await this.#kinds.ensureInGroup(splitApiVersion(apiVersion).group, kind, signal);
      const address = { namespace, name };
      const client = this.#context.client.resource(served.ref);
      return { served, scale: await client.subresource<Scale>("GET", address, "scale", undefined, { signal }) };
    } catch (error) {
      if (signal.aborted) throw error;
      const why = (error as Error).message;
      this.#recorder.warning(autoscaler, "FailedGetScale", why);
      const text = `the HPA controller was unable to get the target's current scale: ${why}`;
      draft.set("AbleToScale", "False", "FailedGetScale", text);
      throw new Told(text, { cause: error });
    }
  }

  async #wanted(look: Look, scale: Scale, current: number): Promise<Wanted> {
    const { spec } = look.autoscaler;
    const least = spec.minReplicas ?? 1;
    if (current === 0 && least !== 0) {
      const text = "scaling is disabled since the replica count of the target is zero";
      look.draft.set("ScalingActive", "False", "ScalingDisabled", text);
      return { replicas: current, reason: "", metrics: [] };
    }
    if (current > spec.maxReplicas) {
      return { replicas: spec.maxReplicas, reason: "Current number of replicas above Spec.MaxReplicas", metrics: [] };
    }
    if (current < least) {
      return { replicas: least, reason: "Current number of replicas below Spec.MinReplicas", metrics: [] };
    }
    const { replicas: desired, name, metrics } = await this.#byMetrics(look, scale, current);
    const reason = desired > current ? `${name} above target` : desired < current ? "All metrics below target" : "";
    return { replicas: this.#limited(look, current, desired), reason, metrics };
  }

  #limited({ autoscaler, draft, history, now }: Look, current: number, desired: number): number {
    const { spec } = autoscaler;
    const { downscaleStabilizationMs } = this.#options;
    const limited = limitStep({ spec, current, desired, history, downscaleStabilizationMs, now });
    history.recommend(desired, now);
    const { reason, message } = limited.stabilized ?? {
      reason: "ReadyForNewScale",
      message: "recommended size matches current size",
    };
    draft.set("AbleToScale", "True", reason, message);
    draft.set("ScalingLimited", limited.isLimited ? "True" : "False", limited.limit.reason, limited.limit.message);
    return limited.replicas;
  }

  /** The highest of what the metrics propose. A metric that says nothing must not shrink anything. */
  async #byMetrics(
    look: Look,
    scale: Scale,
    current: number,
  ): Promise<{ replicas: number; name: string; metrics: MetricStatus[] }> {
    const { autoscaler, draft, signal } = look;
    const specs = autoscaler.spec.metrics ?? [];
    const metrics: MetricStatus[] = [];
    const failures: MetricError[] = [];
    let [replicas, name] = [0, ""];
    try {
      const target = this.#target(look, scale, current);
      for (const spec of specs) {
        try {
          const proposal = await propose(this.#metrics, spec, target, signal);
          metrics.push(proposal.status);
          if (replicas === 0 || proposal.replicas > replicas) ({ replicas, name } = proposal);
        } catch (error) {
          if (!(error instanceof MetricError) || signal.aborted) throw error;
          this.#recorder.warning(autoscaler, error.reason, error.text);
          // Its place in the status stays, empty.
          metrics.push({ type: "" });
          failures.push(error);
        }
      }
      const [first] = failures;
      if (first && (failures.length >= specs.length || replicas < current)) {
        draft.set(
          "ScalingActive",
          "False",
          first.reason,
          `the HPA was unable to compute the replica count: ${first.text}`,
        );
        throw new Told(
          `invalid metrics (${failures.length} invalid out of ${specs.length}), first error is: ${first.message}`,
        );
      }
    } catch (error) {
      if (!(error instanceof Told)) throw error;
      draft.observe(current, metrics);
      this.#recorder.warning(autoscaler, "FailedComputeMetricsReplicas", error.message);
      throw error;
    }
    const found = `the HPA was able to successfully calculate a replica count from ${name}`;
    draft.set("ScalingActive", "True", "ValidMetricFound", found);
    return { replicas, name, metrics };
  }

  #target(look: Look, { status }: Scale, specReplicas: number): Target {
    const { autoscaler, now } = look;
    const selector = status?.selector ?? "";
    const pods = this.#selected(look, selector);
    return {
      autoscaler,
      selector,
      pods,
      specReplicas,
      statusReplicas: status?.replicas ?? 0,
      tolerances: tolerancesOf(autoscaler.spec, this.#options.tolerance),
      rules: this.#options,
      now,
    };
  }

  /** Throws Told when the selector says nothing, or pods that another autoscaler has too. */
  #selected({ key, autoscaler, draft }: Look, text: string): Readonly<Pod>[] {
    const { namespace = "", name = "" } = autoscaler.metadata;
    const refuse = (eventReason: string, reason: string, why: string, shown = why): never => {
      this.#recorder.warning(autoscaler, eventReason, why);
      draft.set("ScalingActive", "False", reason, shown);
      throw new Told(why);
    };
    if (text === "") {
      refuse(
        "SelectorRequired",
        "InvalidSelector",
        "selector is required",
        "the HPA target's scale is missing a selector",
      );
    }
    let selector: LabelSelector;
    try {
      selector = parseLabelSelector(text);
    } catch (error) {
      const why = `couldn't convert selector into a corresponding internal selector object: ${(error as Error).message}`;
      return refuse("InvalidSelector", "InvalidSelector", why);
    }
    this.#claims.claim(key, { namespace, name, selector });
    const pods = [...this.#pods.list(namespace)].filter(({ metadata }) => selector.matches(metadata.labels));
    const claimants = this.#claims.claimants(namespace, pods);
    if (claimants.length > 1) {
      const why = `pods by selector ${text} are controlled by multiple HPAs: [${claimants.join(" ")}]`;
      refuse("AmbiguousSelector", "AmbiguousSelector", why);
    }
    return pods;
  }

  async #rescale(look: Look, served: ServedKind, found: Scale, { replicas, reason, metrics }: Wanted): Promise<void> {
    const { autoscaler, draft } = look;
    try {
      await this.#writeScale(look, served, found, replicas);
    } catch (error) {
      if (look.signal.aborted) throw error;
      const why = (error as Error).message;
      this.#recorder.warning(autoscaler, "FailedRescale", `New size: ${replicas}; reason: ${reason}; error: ${why}`);
      const text = `the HPA controller was unable to update the target scale: ${why}`;
      draft.set("AbleToScale", "False", "FailedUpdateScale", text);
      draft.observe(found.spec.replicas ?? 0, metrics);
      throw new Told(text, { cause: error });
    }
    const text = `the HPA controller was able to update the target scale to ${replicas}`;
    draft.set("AbleToScale", "True", "SucceededRescale", text);
    this.#recorder.normal(autoscaler, "SuccessfulRescale", `New size: ${replicas}; reason: ${reason}`);
  }

  async #writeScale({ autoscaler, signal }: Look, { ref }: ServedKind, found: Scale, replicas: number): Promise<void> {
    const client = this.#context.client.resource(ref);
    const address = { namespace: autoscaler.metadata.namespace ?? "", name: autoscaler.spec.scaleTargetRef.name };
    let scale = found;
    for (let attempt = 1; ; attempt++) {
      try {
        await client.subresource("PUT", address, "scale", { ...scale, spec: { ...scale.spec, replicas } }, { signal });
        return;
      } catch (error) {
        if (!isConflict(error) || attempt >= scaleTriesMax) throw error;
        scale = await client.subresource<Scale>("GET", address, "scale", undefined, { signal });
      }
    }
  }

  async #writeStatus(autoscaler: Autoscaler, { status }: StatusDraft, signal: AbortSignal): Promise<void> {
    if (sameJson(status, autoscaler.status)) return;
    try {
      await this.#context.client.horizontalpodautoscalers.updateStatus({ ...autoscaler, status }, { signal });
    } catch (error) {
      if (isNotFound(error)) return;
      if (!isConflict(error)) this.#recorder.warning(autoscaler, "FailedUpdateStatus", (error as Error).message);
      throw error;
    }
  }
}
