/** A webhook of a configuration, read once for all requests that it may be asked about. */
import type {
  MutatingWebhook,
  RuleWithOperations,
  ValidatingWebhook,
  WebhookClientConfig,
} from "#api/types/admissionregistration.k8s.io/v1";
import { MatchConditions } from "../expressions/conditions.ts";
import { parseSelectors, type Selectors } from "../matching/selectors.ts";

export interface Hook extends Selectors {
  readonly name: string;
  /** Tells it from every other webhook, of other configurations too. */
  readonly id: string;
  readonly rules: readonly RuleWithOperations[];
  readonly equivalent: boolean;
  readonly conditions: MatchConditions;
  readonly client: WebhookClientConfig;
  /** A call that fails counts as allowed. */
  readonly failsOpen: boolean;
  readonly timeoutMs: number;
  readonly sideEffects: string | undefined;
  readonly reviewVersions: readonly string[];
  /** Asked again when others changed the object after it. */
  readonly again: boolean;
}

const timeoutSecondsDefault = 10;

export function parseHooks(
  configuration: string,
  webhooks: readonly (MutatingWebhook | ValidatingWebhook)[] | undefined,
): Hook[] {
  return (webhooks ?? []).map((webhook, index) => ({
    ...parseSelectors(webhook),
    name: webhook.name,
    id: `${configuration}/${webhook.name}/${index}`,
    rules: webhook.rules ?? [],
    equivalent: webhook.matchPolicy !== "Exact",
    conditions: new MatchConditions(webhook.matchConditions, { params: false, authorizer: true }),
    client: webhook.clientConfig,
    failsOpen: webhook.failurePolicy === "Ignore",
    timeoutMs: (webhook.timeoutSeconds ?? timeoutSecondsDefault) * 1000,
    sideEffects: webhook.sideEffects,
    reviewVersions: webhook.admissionReviewVersions,
    again: (webhook as MutatingWebhook).reinvocationPolicy === "IfNeeded",
  }));
}
