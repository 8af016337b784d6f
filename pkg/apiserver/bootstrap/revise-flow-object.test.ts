import assert from "node:assert/strict";
import { test } from "node:test";
import type { KubeObject } from "#pkg/apimachinery/object.ts";
import { reviseFlowObject } from "./revise-flow-object.ts";

const annotation = "apf.kubernetes.io/autoupdate-spec";

interface State {
  readonly name?: string;
  readonly auto?: string;
  readonly generation?: number;
  readonly spec?: object;
}

const objectOf = ({ name = "suggested", auto, generation = 1, spec = { a: 1 } }: State): KubeObject =>
  ({
    metadata: {
      name,
      generation,
      annotations: { other: "kept", ...(auto === undefined ? {} : { [annotation]: auto }) },
    },
    spec,
  }) as unknown as KubeObject;

const changed = { a: 2 };

const cases: readonly (State & { readonly what: string; readonly becomes: State | undefined })[] = [
  { what: "as it was made", auto: "true", becomes: undefined },
  { what: "changed, and ours", auto: "true", spec: changed, generation: 2, becomes: { auto: "true", generation: 2 } },
  { what: "changed, and taken over", auto: "false", spec: changed, generation: 2, becomes: undefined },
  { what: "unmarked and never changed", spec: changed, becomes: { auto: "true" } },
  {
    what: "unmarked and changed",
    spec: changed,
    generation: 2,
    becomes: { auto: "false", spec: changed, generation: 2 },
  },
  { what: "a mark without a meaning", auto: "maybe", generation: 3, becomes: { auto: "false", generation: 3 } },
  { what: "another way to say no", auto: "F", spec: changed, becomes: undefined },
  { what: "mandatory, whatever is said", name: "exempt", auto: "false", becomes: { name: "exempt", auto: "true" } },
];

for (const { what, becomes, ...state } of cases) {
  test(what, () => {
    const wanted = objectOf({ name: state.name ?? "suggested" });
    assert.deepEqual(reviseFlowObject(objectOf(state), wanted), becomes && objectOf(becomes));
  });
}

test("how much the exempt level lends is the administrator's", () => {
  const of = (lendablePercent: number) =>
    objectOf({ name: "exempt", auto: "true", spec: { type: "Exempt", exempt: { lendablePercent } } });
  assert.equal(reviseFlowObject(of(50), of(0)), undefined);
  const without = objectOf({ name: "exempt", auto: "true", spec: { type: "Exempt" } });
  assert.deepEqual(reviseFlowObject(without, of(0)), of(0));
});
