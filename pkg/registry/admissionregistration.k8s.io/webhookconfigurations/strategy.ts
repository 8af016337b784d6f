import type {
  MatchResources,
  MutatingWebhook,
  MutatingWebhookConfiguration,
  RuleWithOperations,
  ValidatingAdmissionPolicy,
  ValidatingAdmissionPolicyBinding,
  ValidatingWebhook,
  ValidatingWebhookConfiguration,
} from "#api/types/admissionregistration.k8s.io/v1";
import { allMetadata } from "../../shared/kept-metadata.ts";
import type { Strategy } from "../../strategy.ts";
import {
  validateNewPolicy,
  validatePolicyStatus,
  validatePolicyUpdate,
} from "../validatingadmissionpolicies/validate.ts";
import { validatePolicyBinding } from "../validatingadmissionpolicybindings/validate.ts";
import { validateNewWebhooks, validateWebhooksUpdate } from "./validate.ts";

function defaultWebhook(webhook: MutatingWebhook | ValidatingWebhook): void {
  webhook.failurePolicy ??= "Fail";
  webhook.matchPolicy ??= "Equivalent";
  webhook.namespaceSelector ??= {};
  webhook.objectSelector ??= {};
  webhook.timeoutSeconds ??= 10;
  if (webhook.clientConfig?.service) webhook.clientConfig.service.port ??= 443;
  defaultScopes(webhook.rules);
}

function defaultScopes(rules: readonly RuleWithOperations[] | undefined): void {
  for (const rule of rules ?? []) rule.scope ??= "*";
}

export const mutatingwebhookconfigurations: Strategy<MutatingWebhookConfiguration> = {
  hasGeneration: true,
  allowUnconditionalUpdate: false,
  validateCreate: validateNewWebhooks,
  validateUpdate: validateWebhooksUpdate,
  applyDefaults({ webhooks }) {
    for (const webhook of webhooks ?? []) {
      defaultWebhook(webhook);
      webhook.reinvocationPolicy ??= "Never";
    }
  },
};

export const validatingwebhookconfigurations: Strategy<ValidatingWebhookConfiguration> = {
  hasGeneration: true,
  allowUnconditionalUpdate: false,
  validateCreate: validateNewWebhooks,
  validateUpdate: validateWebhooksUpdate,
  applyDefaults({ webhooks }) {
    for (const webhook of webhooks ?? []) defaultWebhook(webhook);
  },
};

function defaultMatch(match: MatchResources | undefined): void {
  if (!match) return;
  match.matchPolicy ??= "Equivalent";
  match.namespaceSelector ??= {};
  match.objectSelector ??= {};
  defaultScopes(match.resourceRules);
  defaultScopes(match.excludeResourceRules);
}

export const validatingadmissionpolicies: Strategy<ValidatingAdmissionPolicy> = {
  hasGeneration: true,
  allowUnconditionalUpdate: false,
  prepareForCreate(policy) {
    policy.status = {};
  },
  validateCreate: validateNewPolicy,
  validateUpdate: validatePolicyUpdate,
  applyDefaults({ spec }) {
    if (!spec) return;
    spec.failurePolicy ??= "Fail";
    defaultMatch(spec.matchConstraints);
  },
  subresources: { status: { keepsMetadata: allMetadata, validateUpdate: validatePolicyStatus } },
};

export const validatingadmissionpolicybindings: Strategy<ValidatingAdmissionPolicyBinding> = {
  hasGeneration: true,
  allowUnconditionalUpdate: false,
  validate: validatePolicyBinding,
  applyDefaults: ({ spec }) => defaultMatch(spec?.matchResources),
};
