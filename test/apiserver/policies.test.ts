/** ValidatingAdmissionPolicies, evaluated by a real API server on real etcd. */
import assert from "node:assert/strict";
import { after, afterEach, before, test } from "node:test";
import type {
  ValidatingAdmissionPolicyBindingSpec,
  ValidatingAdmissionPolicySpec,
} from "#api/types/admissionregistration.k8s.io/v1";
import type { ConfigMap } from "#api/types/core/v1";
import type { StatusError } from "#pkg/apimachinery/status-error.ts";
import { startTestApiServer, type TestApiServer } from "#test/support/apiserver.ts";
import { ask } from "#test/support/raw.ts";
import type { Client } from "./support.ts";

let server: TestApiServer;
let client: Client;

before(async () => {
  server = await startTestApiServer();
  client = server.client;
});
after(() => server[Symbol.asyncDispose]());

let count = 0;
const made: string[] = [];
afterEach(async () => {
  for (const name of made.splice(0)) {
    await client.validatingadmissionpolicybindings.delete({ name });
    await client.validatingadmissionpolicies.delete({ name });
  }
});

const rule = { operations: ["CREATE", "UPDATE"], apiGroups: [""], apiVersions: ["v1"], resources: ["configmaps"] };

/** Its name, when requests see it. */
async function enforce(
  policy: Partial<ValidatingAdmissionPolicySpec>,
  binding: Partial<ValidatingAdmissionPolicyBindingSpec> = {},
): Promise<string> {
  const name = `policy-${++count}`;
  await client.validatingadmissionpolicies.create({
    metadata: { name },
    spec: { matchConstraints: { resourceRules: [rule] }, ...policy },
  });
  const spec = { policyName: name, validationActions: ["Deny"], ...binding };
  await client.validatingadmissionpolicybindings.create({ metadata: { name }, spec });
  made.push(name);
  await new Promise((resolve) => setTimeout(resolve, 100));
  return name;
}

const map = (data: Record<string, string> = {}, namespace = "default"): ConfigMap => ({
  metadata: { name: `map-${++count}`, namespace },
  data,
});

async function refusal(object: ConfigMap): Promise<StatusError | undefined> {
  return client.configmaps.create(object).then(
    () => undefined,
    (error: unknown) => error as StatusError,
  );
}

test("a refusal names the policy, its binding and the expression", async () => {
  const name = await enforce({ validations: [{ expression: "object.data.size == 'small'" }] });
  assert.equal(await refusal(map({ size: "small" })), undefined);
  const big = map({ size: "big" });
  const error = await refusal(big);
  const text = `ValidatingAdmissionPolicy '${name}' with binding '${name}' denied request: failed expression: object.data.size == 'small'`;
  assert.equal(error?.message, `configmaps "${big.metadata.name}" is forbidden: ${text}`);
  assert.equal(error?.code, 422);
  assert.equal(error?.reason, "Invalid");
  assert.deepEqual(error?.details?.causes, [{ message: text }]);
});

interface Row {
  readonly name: string;
  readonly policy: Partial<ValidatingAdmissionPolicySpec>;
  readonly binding?: Partial<ValidatingAdmissionPolicyBindingSpec>;
  /** Of the refusal of a ConfigMap with `size: big`; undefined: none. */
  readonly refused: RegExp | undefined;
  readonly code?: number;
}

const no = { expression: "false" };
const rows: readonly Row[] = [
  { name: "a message of its own", policy: { validations: [{ ...no, message: "too big" }] }, refused: /: too big$/ },
  {
    name: "a message made by an expression",
    policy: { validations: [{ ...no, message: "x", messageExpression: "'size ' + object.data.size" }] },
    refused: /: size big$/,
  },
  {
    name: "a message whose expression fails",
    policy: { validations: [{ ...no, message: "fixed", messageExpression: "'no ' + object.data.nothing" }] },
    refused: /: fixed$/,
  },
  {
    name: "a reason",
    policy: { validations: [{ ...no, reason: "Forbidden" }] },
    refused: /failed expression: false$/,
    code: 403,
  },
  {
    name: "an expression that fails",
    policy: { validations: [{ expression: "object.data.nothing == 'x'" }] },
    refused: /: expression 'object\.data\.nothing == 'x'' resulted in error: no such key: nothing$/,
  },
  {
    name: "one that fails where failures are ignored",
    policy: { failurePolicy: "Ignore", validations: [{ expression: "object.data.nothing == 'x'" }] },
    refused: undefined,
  },
  {
    name: "variables, each of those before",
    policy: {
      variables: [
        { name: "size", expression: "object.data.size" },
        { name: "loud", expression: "variables.size + '!'" },
      ],
      validations: [{ expression: "variables.loud == 'big'", messageExpression: "variables.loud" }],
    },
    refused: /: big!$/,
  },
  {
    name: "a variable that is not needed may fail",
    policy: {
      variables: [{ name: "bad", expression: "object.data.nothing" }],
      validations: [{ expression: "true || variables.bad == 'x'" }],
    },
    refused: undefined,
  },
  {
    name: "a variable that fails",
    policy: {
      variables: [{ name: "bad", expression: "object.data.nothing" }],
      validations: [{ expression: "variables.bad == 'x'" }],
    },
    refused: /composited variable "bad" fails to evaluate: no such key: nothing$/,
  },
  {
    name: "conditions that do not hold",
    policy: { matchConditions: [{ name: "small", expression: "object.data.size == 'small'" }], validations: [no] },
    refused: undefined,
  },
  {
    name: "a binding for other namespaces",
    policy: { validations: [no] },
    binding: { matchResources: { namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": "other" } } } },
    refused: undefined,
  },
  {
    name: "what the user may do",
    policy: {
      validations: [
        { expression: "!authorizer.requestResource.check('get').allowed()", message: "they may" },
        { expression: "authorizer.group('').resource('secrets').namespace('default').check('delete').allowed()" },
      ],
    },
    refused: /: they may$/,
  },
  {
    name: "an excluded resource",
    policy: {
      matchConstraints: { resourceRules: [{ ...rule, resources: ["*"] }], excludeResourceRules: [rule] },
      validations: [no],
    },
    refused: undefined,
  },
  {
    name: "the request and its namespace",
    policy: {
      validations: [
        {
          expression:
            "request.operation == 'CREATE' && request.userInfo.username == 'kubernetes-admin' && namespaceObject.metadata.name == 'default' && oldObject == null",
        },
      ],
    },
    refused: undefined,
  },
  {
    name: "parameters that do not exist",
    policy: { paramKind: { apiVersion: "v1", kind: "ConfigMap" }, validations: [no] },
    binding: { paramRef: { name: "nothing", parameterNotFoundAction: "Deny" } },
    refused:
      /denied request: failed to configure binding: no params found for policy binding with `Deny` parameterNotFoundAction$/,
  },
  {
    name: "parameters that need not exist",
    policy: { paramKind: { apiVersion: "v1", kind: "ConfigMap" }, validations: [no] },
    binding: { paramRef: { name: "nothing", parameterNotFoundAction: "Allow" } },
    refused: undefined,
  },
  {
    name: "parameters of a kind that nobody serves",
    policy: { paramKind: { apiVersion: "example.com/v1", kind: "Limit" }, validations: [no] },
    binding: { paramRef: { name: "x", parameterNotFoundAction: "Allow" } },
    refused:
      /denied request: failed to configure policy: failed to find resource referenced by paramKind: 'example\.com\/v1, Kind=Limit'$/,
  },
];
for (const { name, policy, binding, refused, code = 422 } of rows) {
  test(name, async () => {
    await enforce(policy, binding);
    const error = await refusal(map({ size: "big" }));
    assert.equal(error === undefined, refused === undefined, error?.message ?? "it was allowed");
    if (!refused) return;
    assert.match(error?.message ?? "", refused);
    assert.equal(error?.code, code);
  });
}

test("parameters decide, and are those of the binding", async () => {
  const limits = { namespace: "kube-system" };
  await client.configmaps.create({
    metadata: { ...limits, name: "limits", labels: { limits: "yes" } },
    data: { max: "3" },
  });
  await enforce(
    {
      paramKind: { apiVersion: "v1", kind: "ConfigMap" },
      validations: [
        {
          expression: "int(object.data.count) <= int(params.data.max)",
          messageExpression: "'at most ' + params.data.max",
        },
      ],
    },
    { paramRef: { ...limits, selector: { matchLabels: { limits: "yes" } }, parameterNotFoundAction: "Deny" } },
  );
  assert.equal(await refusal(map({ count: "3" })), undefined);
  assert.match((await refusal(map({ count: "4" })))?.message ?? "", /: at most 3$/);
});

test("whoever is only warned may go on", async () => {
  const name = await enforce(
    { validations: [{ expression: "false", message: "soon" }] },
    { validationActions: ["Warn", "Audit"] },
  );
  const body = { apiVersion: "v1", kind: "ConfigMap", ...map() };
  const { headers } = await ask(server, "/api/v1/namespaces/default/configmaps", { method: "POST", body });
  assert.equal(
    headers["warning"],
    `299 - "Validation failed for ValidatingAdmissionPolicy '${name}' with binding '${name}': soon"`,
  );
});
