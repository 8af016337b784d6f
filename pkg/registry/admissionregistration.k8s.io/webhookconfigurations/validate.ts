/** The rules of admission webhooks: https://kubernetes.io/docs/reference/access-authn-authz/extensible-admission-controllers/ */
import type {
  MutatingWebhook,
  MutatingWebhookConfiguration,
  ValidatingWebhook,
  ValidatingWebhookConfiguration,
} from "#api/types/admissionregistration.k8s.io/v1";
import type { LabelSelector } from "#api/types/meta/v1";
import { duplicate, type FieldError, invalid, required } from "#pkg/apimachinery/validation/field-error.ts";
import { each, type Findings, oneOf, say } from "../../shared/findings.ts";
import { labelSelector } from "../../shared/label-selector.ts";
import { label1035Errors, subdomainErrors } from "../../shared/names.ts";
import { sameMeaning } from "../../shared/semantic.ts";
import { webhookService, webhookUrl } from "../../shared/webhook-client.ts";
import { matchConditions } from "../matching/match-conditions.ts";
import { failurePolicies, matchPolicies } from "../matching/match-resources.ts";
import { operationRule } from "../matching/rules.ts";

type Webhook = MutatingWebhook | ValidatingWebhook;
type Configuration = MutatingWebhookConfiguration | ValidatingWebhookConfiguration;

const reviewVersions = ["v1", "v1beta1"];
const sideEffectClasses = ["None", "NoneOnDryRun", "Some", "Unknown"];
const noSideEffects = ["None", "NoneOnDryRun"];
const reinvocationPolicies = ["IfNeeded", "Never"];
const timeoutSecondsMax = 30;

/** Which of today's rules hold: what is stored may break some of them, and then may go on doing so. */
interface Strictness {
  readonly conditions: boolean;
  readonly sideEffects: boolean;
  readonly reviewVersion: boolean;
  readonly uniqueNames: boolean;
  readonly selectorValues: boolean;
}

const strict: Strictness = {
  conditions: true,
  sideEffects: true,
  reviewVersion: true,
  uniqueNames: true,
  selectorValues: true,
};

export const validateNewWebhooks = (configuration: Readonly<Configuration>): FieldError[] => [
  ...webhooksOf(configuration, strict),
];

export function validateWebhooksUpdate(next: Readonly<Configuration>, old: Readonly<Configuration>): FieldError[] {
  const [now, before]: [readonly Webhook[], readonly Webhook[]] = [next.webhooks ?? [], old.webhooks ?? []];
  const names = before.map(({ name }) => name);
  return [
    ...webhooksOf(next, {
      conditions:
        now.length !== before.length ||
        before.some((hook, at) => !sameMeaning(hook.matchConditions, now[at]?.matchConditions)),
      sideEffects: before.every(({ sideEffects }) => noSideEffects.includes(sideEffects ?? "")),
      reviewVersion: before.every(
        ({ admissionReviewVersions: versions = [] }) => versions.length === 0 || versions.some(isKnownVersion),
      ),
      uniqueNames: new Set(names).size === names.length,
      selectorValues: before.every(({ namespaceSelector, objectSelector }) =>
        [namespaceSelector, objectSelector].every((selector) => [...labelSelector("", selector)].length === 0),
      ),
    }),
  ];
}

const isKnownVersion = (version: string): boolean => reviewVersions.includes(version);

function* webhooksOf({ webhooks = [] }: Readonly<Configuration>, strictness: Strictness): Findings {
  const names = new Set<string>();
  for (const [at, hook] of (webhooks as readonly Webhook[]).entries()) {
    const path = `webhooks[${at}]`;
    yield* webhook(path, hook, strictness);
    yield* versions(`${path}.admissionReviewVersions`, hook.admissionReviewVersions, strictness);
    if (!strictness.uniqueNames || !hook.name) continue;
    if (names.has(hook.name)) yield duplicate(`${path}.name`, hook.name);
    names.add(hook.name);
  }
}

function* webhook(path: string, hook: Webhook, strictness: Strictness): Findings {
  yield* qualifiedName(`${path}.name`, hook.name);
  yield* each(`${path}.rules`, hook.rules, operationRule);
  const { failurePolicy, matchPolicy, timeoutSeconds } = hook;
  // Null where it is not given, as it is always written.
  const sideEffects = hook.sideEffects ?? undefined;
  if (failurePolicy !== undefined) yield* oneOf(`${path}.failurePolicy`, failurePolicy, failurePolicies);
  if (matchPolicy !== undefined) yield* oneOf(`${path}.matchPolicy`, matchPolicy, matchPolicies);
  const allowed = strictness.sideEffects ? noSideEffects : sideEffectClasses;
  if (sideEffects !== undefined) yield* oneOf(`${path}.sideEffects`, sideEffects, allowed);
  else yield required(`${path}.sideEffects`, `must specify one of ${allowed.join(", ")}`);
  if (timeoutSeconds !== undefined && (timeoutSeconds < 1 || timeoutSeconds > timeoutSecondsMax)) {
    const text = `the timeout value must be between 1 and ${timeoutSecondsMax} seconds`;
    yield invalid(`${path}.timeoutSeconds`, timeoutSeconds, text);
  }
  yield* selector(`${path}.namespaceSelector`, hook.namespaceSelector, strictness);
  yield* selector(`${path}.objectSelector`, hook.objectSelector, strictness);
  if ("reinvocationPolicy" in hook && hook.reinvocationPolicy !== undefined) {
    yield* oneOf(`${path}.reinvocationPolicy`, hook.reinvocationPolicy, reinvocationPolicies);
  }
  yield* client(`${path}.clientConfig`, hook);
  if (strictness.conditions) {
    yield* matchConditions(`${path}.matchConditions`, hook.matchConditions, { authorizer: true, params: false });
  }
}

/** A domain name of three parts at least. */
function* qualifiedName(path: string, name: string | undefined): Findings {
  if (!name) yield required(path);
  else if (subdomainErrors(name).length > 0) yield invalid(path, name, subdomainErrors(name).join(","));
  else if (name.split(".").length < 3) {
    yield invalid(path, name, "should be a domain with at least three segments separated by dots");
  }
}

function* selector(path: string, of: LabelSelector | undefined, { selectorValues }: Strictness): Findings {
  for (const finding of labelSelector(path, of)) {
    const isValue = /\.matchExpressions\[\d+\]\.values\[\d+\]$/.test(finding.field);
    if (selectorValues || !isValue) yield finding;
  }
}

function* client(path: string, { clientConfig }: Webhook): Findings {
  const { url, service } = clientConfig ?? {};
  if ((url === undefined) === (service === undefined)) {
    yield required(path, "exactly one of url or service is required");
  } else if (url !== undefined) yield* webhookUrl(`${path}.url`, url);
  else yield* webhookService(`${path}.service`, service ?? {});
}

function* versions(path: string, given: readonly string[] | undefined, { reviewVersion }: Strictness): Findings {
  if (!given?.length) {
    yield required(path, `must specify one of ${reviewVersions.join(", ")}`);
    return;
  }
  const seen = new Set<string>();
  for (const [at, version] of given.entries()) {
    if (seen.has(version)) yield invalid(`${path}[${at}]`, version, "duplicate version");
    else yield* say(`${path}[${at}]`, version, label1035Errors(version));
    seen.add(version);
  }
  if (reviewVersion && !given.some(isKnownVersion)) {
    yield invalid(path, given, `must include at least one of ${reviewVersions.join(", ")}`);
  }
}
