/** Decides whether a webhook is asked about a request, and asks it. */
import { randomUUID } from "node:crypto";
import type { KubeObject } from "#pkg/apimachinery/object.ts";
import { forbiddenRequest, StatusError } from "#pkg/apimachinery/status-error.ts";
import type { Authorizer } from "../../authz/authorizer.ts";
import type { ObjectReader } from "../../resources/reader.ts";
import type { WebhookClient } from "../../webhook/index.ts";
import { Answers } from "../expressions/answers.ts";
import { requestValues } from "../expressions/variables.ts";
import { matchRules } from "../matching/rules.ts";
import { selectsNamespace, selectsObject } from "../matching/selectors.ts";
import type { ShownAs, Subject } from "../matching/subject.ts";
import { denial, noDryRun, WebhookFailure } from "./failure.ts";
import type { Hook } from "./hook.ts";
import type { WebhookMetrics } from "./metrics.ts";
import { buildReview, decodeAnswer, readVerdict, reviewVersion, type Verdict } from "./review.ts";

/** A webhook that is to be asked, and about what. */
export interface Invocation {
  readonly hook: Hook;
  readonly as: ShownAs;
  readonly object: KubeObject | undefined;
  readonly old: KubeObject | undefined;
}

export interface CallerOptions {
  readonly client: WebhookClient;
  readonly reader: ObjectReader;
  readonly authorizer: Authorizer;
  readonly metrics: WebhookMetrics;
  readonly mutating: boolean;
}

export class WebhookCaller {
  readonly #options: CallerOptions;

  constructor(options: CallerOptions) {
    this.#options = options;
  }

  /** Undefined: the webhook is not concerned. Throws StatusError where that cannot be told. */
  async plan(hook: Hook, subject: Subject): Promise<Invocation | undefined> {
    const { request } = subject;
    // The cheapest question first: most requests are none of a webhook's business.
    const as = matchRules(hook, subject);
    if (!as) return undefined;
    const namespace = await selectsNamespace(hook, request, this.#options.reader);
    if (namespace === false) return undefined;
    const object = selectsObject(hook, request);
    if (object === false) return undefined;
    if (namespace instanceof StatusError) throw namespace;
    if (object instanceof StatusError) throw object;
    const invocation = { hook, as, object: await subject.object(as), old: await subject.old(as) };
    return (await this.#holdsConditions(invocation, subject)) ? invocation : undefined;
  }

  async #holdsConditions({ hook, as, ...shown }: Invocation, subject: Subject): Promise<boolean> {
    const { conditions, failsOpen } = hook;
    if (conditions.none) return true;
    const { resource, name, user } = subject.request;
    const answers = new Answers(this.#options.authorizer, user);
    try {
      return await answers.with(() => conditions.hold(requestValues(subject, as, { ...shown, answers })));
    } catch (error) {
      if (failsOpen) return false;
      throw forbiddenRequest(resource.groupResource, name, (error as Error).message);
    }
  }

  /** Throws WebhookFailure where the webhook gave no verdict, StatusError where it may not be asked or said no. */
  async ask(invocation: Invocation, subject: Subject): Promise<Verdict> {
    const { metrics, mutating } = this.#options;
    const { name, failsOpen } = invocation.hook;
    const started = performance.now();
    let failure: unknown;
    try {
      return await this.#ask(invocation, subject);
    } catch (error) {
      failure = error;
      throw error;
    } finally {
      metrics.observe({
        name,
        type: mutating ? "admit" : "validating",
        operation: subject.request.operation,
        seconds: (performance.now() - started) / 1000,
        error: failure,
        open: failsOpen && failure instanceof WebhookFailure,
      });
    }
  }

  async #ask({ hook, as, object, old }: Invocation, subject: Subject): Promise<Verdict> {
    const { request } = subject;
    const { client, mutating } = this.#options;
    const { sideEffects } = hook;
    if (request.dryRun && sideEffects !== "None" && sideEffects !== "NoneOnDryRun") throw noDryRun(hook.name);
    const uid = randomUUID();
    const version = attempt(hook, "could not create admission objects", () => reviewVersion(hook.reviewVersions));
    const body = buildReview(version, subject, { uid, as, object, old });
    let answer: object;
    try {
      const sent = await client.post({
        config: hook.client,
        body,
        timeoutMs: hook.timeoutMs,
        ...(request.client ? { signal: request.client() } : {}),
      });
      answer = decodeAnswer(sent);
    } catch (error) {
      throw new WebhookFailure(hook.name, `failed to call webhook: ${(error as Error).message}`, error);
    }
    const verdict = attempt(hook, "received invalid webhook response", () =>
      readVerdict(answer, { version, uid, mutating }),
    );
    for (const warning of verdict.warnings) request.warn(warning);
    if (!verdict.allowed) throw denial(hook.name, verdict.status);
    return verdict;
  }
}

function attempt<T>(hook: Hook, what: string, act: () => T): T {
  try {
    return act();
  } catch (error) {
    throw new WebhookFailure(hook.name, `${what}: ${(error as Error).message}`, error);
  }
}
