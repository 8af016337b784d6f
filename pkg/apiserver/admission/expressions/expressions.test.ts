import assert from "node:assert/strict";
import { test } from "node:test";
import { type CelError, fromJson } from "#pkg/apimachinery/cel/index.ts";
import { type Authorizer, allow, alwaysAllow } from "../../authz/authorizer.ts";
import { Answers } from "./answers.ts";
import { MatchConditions } from "./conditions.ts";
import { AdmissionExpression, Budget } from "./expression.ts";
import { anything, truth } from "./types.ts";
import { ComposedValues } from "./variables.ts";

const variables = { params: false, authorizer: false };
const conditions = (...expressions: string[]) =>
  new MatchConditions(
    expressions.map((expression, at) => ({ name: `c${at}`, expression })),
    variables,
  );
const values = { object: fromJson({ spec: { replicas: 3, ratio: 0.5 } }), oldObject: null };

test("conditions: all must hold, one that is false decides over those that fail", () => {
  assert.equal(conditions().hold(values), true);
  assert.equal(conditions("object.spec.replicas > 2", "object.spec.ratio < 1.0").hold(values), true);
  assert.equal(conditions("object.nothing == 1", "object.spec.replicas > 5").hold(values), false);
  assert.throws(() => conditions("object.spec.replicas > 2", "object.nothing == 1").hold(values), {
    message: "expression 'object.nothing == 1' resulted in error: no such key: nothing",
  });
  assert.throws(() => conditions("object.spec.replicas").hold(values), {
    message: "compilation error: must evaluate to bool but got dyn",
  });
});

test("composed variables are evaluated once, when somebody reads them", () => {
  const composed = { ...variables, composed: new Map() };
  const expression = (text: string) => new AdmissionExpression(text, { variables: composed, returns: anything });
  const broken = expression("object.nothing");
  let evaluations = 0;
  const evaluate = broken.evaluateInner.bind(broken);
  broken.evaluateInner = (context) => {
    evaluations++;
    return evaluate(context);
  };
  const map = new Map([
    ["replicas", expression("object.spec.replicas")],
    ["broken", broken],
    ["wrong", expression("nobody")],
  ]);
  const all = new ComposedValues(map, { values, budget: new Budget(1000) });
  assert.equal(all.get("replicas"), 3n);
  assert.equal(all.get("other"), undefined);
  const message = 'composited variable "broken" fails to evaluate: no such key: nothing';
  for (let i = 0; i < 2; i++) assert.throws(() => all.get("broken"), { name: "CelError", message });
  assert.equal(evaluations, 1);
  assert.throws(
    () => all.get("wrong"),
    (error: CelError) => error.message.startsWith('composited variable "wrong" fails to compile: compilation error: '),
  );
});

test("expressions of one configuration share what they may spend", () => {
  const costly = new AdmissionExpression("object.list.all(x, x > 0)", { variables, returns: truth });
  const list = { object: fromJson({ list: Array.from({ length: 100 }, () => 1) }) };
  const budget = new Budget(800);
  assert.equal(costly.evaluate({ values: list, budget }), true);
  assert.throws(() => costly.evaluate({ values: list, budget }), {
    message: "validation failed due to running out of cost budget, no further validation rules will be run",
  });
});

const question = { serviceAccount: undefined, verb: "get", target: { path: "/x" } };

test("an authorizer that takes its time is waited for", async () => {
  let asked = 0;
  const slow: Authorizer = {
    name: "slow",
    authorize: async ({ path }) => {
      asked++;
      return allow(path);
    },
  };
  const answers = new Answers(slow, { name: "a", groups: [] });
  const both = await answers.with(() => [
    answers.ask(question).reason,
    answers.ask({ ...question, target: { path: "/y" } }).reason,
  ]);
  assert.deepEqual(both, ["/x", "/y"]);
  assert.equal(asked, 2);
  const quick = new Answers(alwaysAllow, { name: "a", groups: [] });
  assert.equal((await quick.with(() => quick.ask(question))).allowed, true);
});
