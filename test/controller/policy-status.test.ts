/** Expressions of policies, checked against the types that the server publishes. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import type { Client } from "#pkg/client/index.ts";
import { eventually } from "#test/support/cluster.ts";
import { startControllers, type TestControllers } from "./support.ts";

let controllers: TestControllers;
let client: Client;

before(async () => {
  controllers = await startControllers(["validatingadmissionpolicy-status-controller"]);
  client = controllers.client;
});
after(() => controllers[Symbol.asyncDispose]());

async function warningsOf(name: string, resource: object, spec: object): Promise<string[]> {
  const rule = {
    apiGroups: ["apps"],
    apiVersions: ["v1"],
    resources: ["deployments"],
    operations: ["CREATE"],
    ...resource,
  };
  await client.validatingadmissionpolicies.create({
    metadata: { name },
    spec: { matchConstraints: { resourceRules: [rule] }, ...spec },
  } as never);
  const { typeChecking } = await eventually(async () => {
    const { metadata, status } = await client.validatingadmissionpolicies.get({ name });
    assert.ok(status);
    assert.equal(status.observedGeneration, metadata.generation);
    return status;
  });
  assert.ok(typeChecking);
  return (typeChecking.expressionWarnings ?? []).map(({ fieldRef, warning }) => `${fieldRef} ${warning}`);
}

test("what fits is not warned of", async () => {
  const validations = [
    { expression: "object.spec.replicas > 1" },
    {
      expression: "variables.names.all(n, n.startsWith('a'))",
      messageExpression: "'replicas: ' + string(object.spec.replicas)",
    },
    { expression: "object.metadata.labels['a'] == 'b' && has(object.spec.strategy.rollingUpdate.maxSurge)" },
    { expression: "authorizer.group('').resource('pods').check('get').allowed()" },
  ];
  const variables = [{ name: "names", expression: "object.spec.template.spec.containers.map(c, c.name)" }];
  assert.deepEqual(await warningsOf("fits", {}, { variables, validations }), []);
});

test("what does not fit is shown, for each type", async () => {
  const [first, second] = await warningsOf(
    "wrong",
    { resources: ["deployments", "replicasets", "deployments/scale"] },
    {
      validations: [
        { expression: "object.spec.replicas > '1'", messageExpression: "string(object.spec.strategy.type)" },
      ],
    },
  );
  const overload = "found no matching overload for '_>_' applied to '(int, string)'";
  const shown = `ERROR: <input>:1:22: ${overload}\n | object.spec.replicas > '1'\n | .....................^`;
  assert.equal(
    first,
    `spec.validations[0].expression apps/v1, Kind=Deployment: ${shown}\n\napps/v1, Kind=ReplicaSet: ${shown}\n`,
  );
  assert.match(
    second ?? "",
    /^spec\.validations\[0\]\.messageExpression apps\/v1, Kind=ReplicaSet: ERROR: <input>:1:19: undefined field 'strategy'/,
  );
});

test("parameters have types too; wildcards are about nothing in particular", async () => {
  const paramKind = { apiVersion: "v1", kind: "ConfigMap" };
  const [warning] = await warningsOf("params", {}, { paramKind, validations: [{ expression: "params.dta.x == '1'" }] });
  assert.match(warning ?? "", /undefined field 'dta'/);
  const validations = [{ expression: "object.nothing == 1" }];
  assert.deepEqual(await warningsOf("any", { apiVersions: ["*"] }, { validations }), []);
});
