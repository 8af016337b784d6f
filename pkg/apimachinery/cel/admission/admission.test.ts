import assert from "node:assert/strict";
import { test } from "node:test";
import { celTypes, fromJson } from "../index.ts";
import { type Ask, authorizerValue, compileAdmission, resourceCheckValue } from "./index.ts";

const { bool, string } = celTypes;
const everything = { params: false, authorizer: true };
/** Allows what is asked of pods, and of paths that begin with /open. */
const ask: Ask = ({ target, verb, serviceAccount }) => ({
  allowed: "path" in target ? target.path.startsWith("/open") : target.resource === "pods" && verb === "get",
  reason: serviceAccount ? `${serviceAccount.namespace}/${serviceAccount.name}` : "user",
  error: "",
});
const values = {
  object: fromJson({ spec: { replicas: 3 } }),
  oldObject: null,
  request: fromJson({ operation: "CREATE", userInfo: { groups: ["a"] } }),
  namespaceObject: null,
  authorizer: authorizerValue(ask),
  "authorizer.requestResource": resourceCheckValue(ask, { group: "", resource: "pods" }),
};

const holding = [
  "object.spec.replicas == 3 && oldObject == null",
  "request.operation == 'CREATE' && request.userInfo.groups.exists(g, g == 'a') && !has(request.namespace)",
  "authorizer.group('').resource('pods').namespace('a').name('b').check('get').allowed()",
  "!authorizer.group('').resource('nodes').check('get').allowed()",
  "authorizer.requestResource.subresource('status').check('get').allowed()",
  "authorizer.path('/open/x').check('get').allowed() && !authorizer.path('/closed').check('get').allowed()",
  "authorizer.serviceAccount('default', 'x').group('').resource('pods').check('get').reason() == 'default/x'",
];
for (const text of holding) {
  test(text, () => assert.equal(compileAdmission(text, everything, [bool]).evaluate(values), true));
}

const refused = [
  { text: "request.nothing == 1", error: /^compilation failed: ERROR: <input>:1:8: undefined field 'nothing'/ },
  {
    text: "params.x == 1",
    error: /^compilation failed: ERROR: <input>:1:1: undeclared reference to 'params' \(in container ''\)/,
  },
  { text: "variables.x == 1", error: /undeclared reference to 'variables'/ },
  { text: "object.spec.replicas", error: /^must evaluate to bool but got dyn$/ },
  { text: "1 + 1", error: /^must evaluate to bool but got int$/ },
];
for (const { text, error } of refused) {
  test(`refused: ${text}`, () => {
    assert.throws(() => compileAdmission(text, everything, [bool]), { message: error });
  });
}

test("names that depend on the configuration", () => {
  const variables = { params: true, authorizer: false, composed: new Map([["size", string]]) };
  const program = compileAdmission("params.max + variables.size", variables, [string]);
  const given = { ...values, params: fromJson({ max: "1" }), variables: fromJson({ size: "2" }) };
  assert.equal(program.evaluate(given), "12");
  assert.throws(() => compileAdmission("variables.other", variables, []), { message: /undefined field 'other'/ });
  assert.throws(() => compileAdmission("authorizer.path('/')", variables, []), { message: /undeclared reference/ });
});

test("arguments of the authorizer that name nothing", () => {
  for (const text of [
    "authorizer.path(' ')",
    "authorizer.group('').resource('')",
    "authorizer.serviceAccount('A', 'x')",
  ]) {
    assert.throws(() => compileAdmission(text, everything, []).evaluate(values), { name: "CelError" });
  }
});
