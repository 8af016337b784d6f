import assert from "node:assert/strict";
import { test } from "node:test";
import { MatchConditions } from "./conditions.ts";
import { LazyExpression } from "./expression.ts";
import { celValueOf } from "./values.ts";
import { lazyVariables } from "./variables.ts";

const conditions = (...expressions: string[]) =>
  new MatchConditions(expressions.map((expression, at) => ({ name: `c${at}`, expression })));
const variables = { object: celValueOf({ spec: { replicas: 3, ratio: 0.5 }, big: 9_007_199_254_740_991 }) };

test("conditions: all must hold, one that is false decides over those that fail", () => {
  assert.equal(conditions().hold(variables), true);
  assert.equal(conditions("object.spec.replicas > 2", "object.spec.ratio < 1.0").hold(variables), true);
  assert.equal(conditions("object.nothing == 1", "object.spec.replicas > 5").hold(variables), false);
  assert.throws(() => conditions("object.spec.replicas > 2", "object.nothing == 1").hold(variables), {
    message: "expression 'object.nothing == 1' resulted in error: no such key: nothing",
  });
});

test("whole numbers are integers, others are doubles", () => {
  assert.deepEqual(celValueOf({ a: 1, b: 1.5, c: [2], d: "x", e: null, f: true }), {
    a: 1n,
    b: 1.5,
    c: [2n],
    d: "x",
    e: null,
    f: true,
  });
  assert.deepEqual(Object.keys(celValueOf(JSON.parse('{"__proto__":1}')) as object), ["__proto__"]);
});

test("composed variables are evaluated once, when somebody reads them", () => {
  const composed = [
    { name: "replicas", value: new LazyExpression("object.spec.replicas") },
    { name: "twice", value: new LazyExpression("variables.replicas * 2") },
    { name: "broken", value: new LazyExpression("object.nothing") },
  ];
  const all = { ...variables, variables: lazyVariables(composed, variables) };
  assert.equal(new LazyExpression("variables.twice == 6").evaluate(all), true);
  assert.throws(() => new LazyExpression("variables.broken == 6").evaluate(all), {
    message: /resulted in error: composited variable "broken" fails to evaluate: no such key: nothing$/,
  });
});
