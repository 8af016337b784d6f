import assert from "node:assert/strict";
import { test } from "node:test";
import type {
  MatchResources,
  MutatingWebhook,
  MutatingWebhookConfiguration,
  ValidatingAdmissionPolicy,
  ValidatingAdmissionPolicySpec,
} from "#api/types/admissionregistration.k8s.io/v1";
import { validateNewPolicy } from "./validatingadmissionpolicies/validate.ts";
import { validateNewWebhooks, validateWebhooksUpdate } from "./webhookconfigurations/validate.ts";

const hook: MutatingWebhook = {
  name: "a.example.com",
  clientConfig: { url: "https://example.com/x" },
  sideEffects: "None",
  admissionReviewVersions: ["v1"],
};
const configuration = (...webhooks: Partial<MutatingWebhook>[]): MutatingWebhookConfiguration => ({
  metadata: { name: "c" },
  webhooks: webhooks.map((change) => ({ ...hook, ...change })),
});
const texts = (errors: readonly { field: string; detail: string }[]) =>
  errors.map(({ field, detail }) => `${field}: ${detail}`);

const form = "desired format: https://host[/path]";
const hooks: readonly { name: string; change: Partial<MutatingWebhook>; says: readonly string[] }[] = [
  { name: "good", change: {}, says: [] },
  {
    name: "parts that a URL may not have",
    change: { clientConfig: { url: "http://u:p@/x?q=1#f" } },
    says: [
      `webhooks[0].clientConfig.url: Invalid value: "http": 'https' is the only allowed URL scheme; ${form}`,
      `webhooks[0].clientConfig.url: Invalid value: "": host must be specified; ${form}`,
      'webhooks[0].clientConfig.url: Invalid value: "u:p": user information is not permitted in the URL',
      'webhooks[0].clientConfig.url: Invalid value: "f": fragments are not permitted in the URL',
      'webhooks[0].clientConfig.url: Invalid value: "q=1": query parameters are not permitted in the URL',
    ],
  },
  {
    name: "no URL at all",
    change: { clientConfig: { url: "https://a:b" } },
    says: [
      `webhooks[0].clientConfig.url: Required value: url must be a valid URL: parse "https://a:b": invalid port ":b" after host; ${form}`,
    ],
  },
  {
    name: "a path of a service",
    change: { clientConfig: { service: { namespace: "n", name: "s", port: 70000, path: "/a//B" } } },
    says: [
      "webhooks[0].clientConfig.service.port: Invalid value: 70000: port is not valid: must be between 1 and 65535, inclusive",
      'webhooks[0].clientConfig.service.path: Invalid value: "/a//B": segment[1] may not be empty',
      "webhooks[0].clientConfig.service.path: Invalid value: \"/a//B\": segment[2]: a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')",
    ],
  },
  {
    name: "resources that others cover",
    change: {
      rules: [
        {
          operations: ["*", "CREATE"],
          apiGroups: [""],
          apiVersions: ["v1"],
          resources: ["pods/*", "pods/log", "*", "x"],
        },
      ],
    },
    says: [
      'webhooks[0].rules[0].operations: Invalid value: ["*","CREATE"]: if \'*\' is present, must not specify other operations',
      "webhooks[0].rules[0].resources[1]: Invalid value: \"pods/log\": if 'pods/*' is present, must not specify pods/log",
      'webhooks[0].rules[0].resources: Invalid value: ["pods/*","pods/log","*","x"]: if \'*\' is present, must not specify other resources without subresources',
    ],
  },
];
for (const { name, change, says } of hooks) {
  test(`a new webhook: ${name}`, () => assert.deepEqual(texts(validateNewWebhooks(configuration(change))), says));
}

test("what is stored may stay wrong", () => {
  const wrong = configuration({ sideEffects: "Unknown", admissionReviewVersions: ["v9"] }, { sideEffects: "None" });
  assert.equal(validateNewWebhooks(wrong).length, 3);
  assert.deepEqual(validateWebhooksUpdate(wrong, wrong), []);
});

const matchConstraints: MatchResources = {
  matchPolicy: "Exact",
  namespaceSelector: {},
  objectSelector: {},
  resourceRules: [{ operations: ["CREATE"], apiGroups: ["*"], apiVersions: ["*"], resources: ["*"] }],
};
const policy = (change: Partial<ValidatingAdmissionPolicySpec>): ValidatingAdmissionPolicy => ({
  metadata: { name: "p" },
  spec: { failurePolicy: "Fail", matchConstraints, validations: [{ expression: "true" }], ...change },
});

const policies: readonly { name: string; change: Partial<ValidatingAdmissionPolicySpec>; says: readonly string[] }[] = [
  { name: "good", change: {}, says: [] },
  {
    name: "variables have types",
    change: {
      variables: [{ name: "n", expression: "1" }],
      validations: [{ expression: "variables.n == 'a'" }, { expression: "variables.n" }],
    },
    says: [
      "spec.validations[0].expression: Invalid value: \"variables.n == 'a'\": compilation failed: ERROR: <input>:1:13: found no matching overload for '_==_' applied to '(int, string)'\n | variables.n == 'a'\n | ............^",
      'spec.validations[1].expression: Invalid value: "variables.n": must evaluate to bool but got int',
    ],
  },
  {
    name: "a kind of parameters",
    change: { paramKind: { apiVersion: "a/b/c", kind: "K_" } },
    says: [
      'spec.paramKind.apiVersion: Invalid value: "a/b/c": unexpected GroupVersion string: a/b/c',
      "spec.paramKind.kind: Invalid value: \"K_\": may have mixed case, but should otherwise match: a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an alphanumeric character (e.g. 'my-name',  or 'abc-123', regex used for validation is '[a-z]([-a-z0-9]*[a-z0-9])?')",
    ],
  },
  {
    name: "nothing to say",
    change: { validations: [] },
    says: [
      "spec.validations: Required value: validations or auditAnnotations must contain at least one item",
      "spec.auditAnnotations: Required value: validations or auditAnnotations must contain at least one item",
    ],
  },
];
for (const { name, change, says } of policies) {
  test(`a new policy: ${name}`, () => assert.deepEqual(texts(validateNewPolicy(policy(change))), says));
}
