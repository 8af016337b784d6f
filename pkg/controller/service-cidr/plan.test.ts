import assert from "node:assert/strict";
import { test } from "node:test";
import type { IPAddress, ServiceCIDR } from "#api/types/networking.k8s.io/v1";
import { covering, mayGo, overlapping } from "./plan.ts";

const range = (name: string, ...cidrs: string[]): ServiceCIDR => ({ metadata: { name }, spec: { cidrs } });
const held = (name: string, manager = "ipallocator.k8s.io"): IPAddress => ({
  metadata: { name, labels: { "ipaddress.kubernetes.io/managed-by": manager } },
  spec: { parentRef: { resource: "services", namespace: "n", name: "s" } },
});

const rows: readonly [name: string, others: ServiceCIDR[], addresses: IPAddress[], may: boolean][] = [
  ["nobody uses it", [], [], true],
  ["a Service uses it", [], [held("10.0.0.5")], false],
  ["somebody else's address is no reason", [], [held("10.0.0.5", "gateway")], true],
  ["an address elsewhere is no reason", [], [held("10.1.0.5")], true],
  ["a larger range has all of it", [range("wide", "10.0.0.0/8")], [held("10.0.0.5")], true],
  ["another range is the same", [range("twin", "10.0.0.0/24")], [held("10.0.0.5")], true],
  ["a smaller range has all that is used", [range("half", "10.0.0.0/28")], [held("10.0.0.5")], true],
  [
    "a smaller range has some that is used",
    [range("half", "10.0.0.0/28")],
    [held("10.0.0.5"), held("10.0.0.99")],
    false,
  ],
];
for (const [name, others, addresses, may] of rows) {
  test(`a range may go: ${name}`, () => {
    const going = range("going", "10.0.0.0/24");
    assert.equal(mayGo(going, [going, ...others], addresses), may);
  });
}

test("both families must be had elsewhere", () => {
  const dual = range("dual", "10.0.0.0/24", "fd00::/112");
  const four = range("four", "10.0.0.0/16");
  assert.equal(mayGo(dual, [dual, four], [held("10.0.0.5")]), true);
  assert.equal(mayGo(dual, [dual, four], [held("fd00::5")]), false);
});

test("which ranges a change concerns", () => {
  const all = [range("a", "10.0.0.0/24"), range("b", "10.0.0.0/8"), range("c", "11.0.0.0/8")];
  const names = (list: Readonly<ServiceCIDR>[]) => list.map(({ metadata }) => metadata.name);
  assert.deepEqual(names(covering(all, { family: 4, value: 0x0a000005n, mapped: false })), ["a", "b"]);
  assert.deepEqual(names(overlapping(all, range("d", "10.0.0.0/28"))), ["a", "b"]);
});
