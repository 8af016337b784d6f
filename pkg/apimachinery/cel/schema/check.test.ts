import assert from "node:assert/strict";
import { test } from "node:test";
import type { JSONSchemaProps } from "#api/types/apiextensions.k8s.io/v1";
import { validateSchemaRules } from "./check.ts";

const text = { type: "string" };
const short = { type: "string", maxLength: 10 };
const schemaWith = (rule: object): JSONSchemaProps => ({
  type: "object",
  properties: {
    n: { type: "integer" },
    text,
    long: { type: "array", items: text },
    short: { type: "array", maxItems: 10, items: short },
    namespace: text,
    "a-b": text,
  },
  "x-kubernetes-validations": [{ message: "m", ...rule } as never],
});

const rows: { name: string; rule: object; wants: string[] }[] = [
  { name: "fine", rule: { rule: "self.short.all(x, self.short.all(y, x == y || x.matches('^a')))" }, wants: [] },
  {
    name: "names that need escaping",
    rule: { rule: "self.a__dash__b == self.__namespace__ && self.namespace == ''" },
    wants: [],
  },
  { name: "a whole object has type and name", rule: { rule: "self.metadata.name != self.kind" }, wants: [] },
  {
    name: "lists without bounds in each other",
    rule: { rule: "self.long.all(x, self.long.all(y, x == y))" },
    wants: [
      "s.x-kubernetes-validations[0].rule: Forbidden: estimated rule cost exceeds budget by factor of more than 100x (try simplifying the rule, or adding maxItems, maxProperties, and maxLength where arrays, maps, and strings are declared)",
      "s.x-kubernetes-validations[0].rule: Forbidden: contributed to estimated rule cost total exceeding cost limit for entire OpenAPIv3 schema",
      "s: Forbidden: x-kubernetes-validations estimated rule cost total for entire OpenAPIv3 schema exceeds budget by factor of more than 100x (try simplifying the rule, or adding maxItems, maxProperties, and maxLength where arrays, maps, and strings are declared)",
    ],
  },
  {
    name: "no bool",
    rule: { rule: "self.n" },
    wants: [
      's.x-kubernetes-validations[0].rule: Invalid value: {"Rule":"self.n","Message":"m","MessageExpression":"","Reason":null,"FieldPath":"","OptionalOldSelf":null}: cel expression must evaluate to a bool',
    ],
  },
  {
    name: "an optional old value that nobody reads",
    rule: { rule: "self.n > 1", optionalOldSelf: true },
    wants: [
      "s.x-kubernetes-validations[0].optionalOldSelf: Invalid value: true: may not be set if oldSelf is not used in rule",
    ],
  },
];

for (const { name, rule, wants } of rows) {
  test(name, () => {
    const errors = validateSchemaRules(schemaWith(rule), "s");
    assert.deepEqual(
      errors.map(({ field, detail }) => `${field}: ${detail}`),
      wants,
    );
  });
}

test("items of a list without keys have no old values", () => {
  const items: JSONSchemaProps = { type: "string", "x-kubernetes-validations": [{ rule: "self == oldSelf" }] };
  const schema: JSONSchemaProps = {
    type: "object",
    properties: { list: { type: "array", maxItems: 3, items } },
  } as never;
  const [error] = validateSchemaRules(schema, "s");
  assert.equal(
    error?.detail,
    'Invalid value: "self == oldSelf": oldSelf cannot be used on the uncorrelatable portion of the schema within s.properties[list]',
  );
});
