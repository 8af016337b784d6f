import assert from "node:assert/strict";
import { test } from "node:test";
import type {
  FlowSchema,
  FlowSchemaSpec,
  PriorityLevelConfiguration,
  PriorityLevelConfigurationSpec,
  QueuingConfiguration,
} from "#api/types/flowcontrol.apiserver.k8s.io/v1";
import { validateFlowSchema } from "./flowschemas/validate.ts";
import { mandatoryFlowSchemas, mandatoryPriorityLevels } from "./mandatory.ts";
import { validatePriorityLevel } from "./prioritylevelconfigurations/validate.ts";

const texts = (errors: readonly { field: string; detail: string }[]) =>
  errors.map(({ field, detail }) => `${field}: ${detail}`);
const schema = (name: string, spec: FlowSchemaSpec): FlowSchema => ({ metadata: { name }, spec });
const level = (name: string, spec: PriorityLevelConfigurationSpec): PriorityLevelConfiguration => ({
  metadata: { name },
  spec,
});
const queued = (queuing: QueuingConfiguration): PriorityLevelConfigurationSpec => ({
  type: "Limited",
  limited: { limitResponse: { type: "Queue", queuing } },
});
const group = { kind: "Group", group: { name: "g" } };
const rules = (nonResourceURLs: string[]): FlowSchemaSpec => ({
  priorityLevelConfiguration: { name: "l" },
  matchingPrecedence: 5,
  rules: [{ subjects: [group], nonResourceRules: [{ verbs: ["*"], nonResourceURLs }] }],
});

test("fixed objects keep their specs", () => {
  for (const [name, spec] of mandatoryFlowSchemas) assert.deepEqual(validateFlowSchema(schema(name, spec)), []);
  for (const [name, spec] of mandatoryPriorityLevels) assert.deepEqual(validatePriorityLevel(level(name, spec)), []);
  const [error] = validateFlowSchema(schema("catch-all", rules(["/x"])));
  assert.match(
    error?.detail ?? "",
    /^Invalid value: \{"PriorityLevelConfiguration":\{"Name":"l"\},"MatchingPrecedence":5,.*must equal the fixed value$/,
  );
  const lent = level("exempt", { type: "Exempt", exempt: { nominalConcurrencyShares: 9, lendablePercent: 50 } });
  assert.deepEqual(validatePriorityLevel(lent), []);
});

test("paths of requests end in a star at most", () => {
  const found = texts(validateFlowSchema(schema("s", rules(["/", "/a/*", "a", "/a b", "/a//b", "/*/b", "/a*"]))));
  const at = (index: number, value: string, text: string) =>
    `spec.rules[0].nonResourceRules[0].nonResourceURLs[${index}]: Invalid value: "${value}": ${text}`;
  assert.deepEqual(found, [
    at(2, "a", "must start with slash"),
    at(3, "/a b", "must not contain white-space"),
    at(4, "/a//b", "must not contain double slash"),
    at(5, "/*/b", "wildcard can only do suffix matching"),
    at(6, "/a*", "wildcard can only do suffix matching"),
  ]);
});

test("a subject has the member that its kind names", () => {
  const spec = rules(["/x"]);
  const wrong = { kind: "Group", user: { name: "u" } };
  const found = texts(validateFlowSchema(schema("s", { ...spec, rules: [{ ...spec.rules?.[0], subjects: [wrong] }] })));
  assert.deepEqual(found, [
    "spec.rules[0].subjects[0].group: Required value: group is required when subject kind is 'Group'",
    "spec.rules[0].subjects[0].user: Forbidden: user is forbidden when subject kind is not 'User'",
  ]);
});

const hands: readonly { name: string; queuing: QueuingConfiguration; says: string | undefined }[] = [
  { name: "fits the hash", queuing: { queues: 1024, handSize: 6, queueLengthLimit: 1 }, says: undefined },
  {
    name: "takes more bits than the hash has",
    queuing: { queues: 1024, handSize: 7, queueLengthLimit: 1 },
    says: "required entropy bits of deckSize 1024 and handSize 7 should not be greater than 60",
  },
  {
    name: "larger than the deck",
    queuing: { queues: 2, handSize: 3, queueLengthLimit: 1 },
    says: "should not be greater than queues (2)",
  },
];
for (const { name, queuing, says } of hands) {
  test(`a hand: ${name}`, () => {
    const [error] = validatePriorityLevel(level("l", queued(queuing)));
    assert.equal(error?.detail.replace(/^Invalid value: \d+: /, ""), says);
  });
}
