import assert from "node:assert/strict";
import { test } from "node:test";
import type { Device } from "#api/types/resource.k8s.io/v1";
import { deviceValue } from "./device-value.ts";
import { compileDeviceExpression } from "./expressions.ts";

const device: Device = {
  name: "gpu-0",
  attributes: {
    model: { string: "A" },
    cores: { int: 8 },
    healthy: { bool: true },
    "other.example.com/driverVersion": { version: "1.2.3" },
  },
  capacity: { memory: { value: "16Gi" } },
};

const d = 'device.attributes["gpu.example.com"]';
const rows: readonly (readonly [expression: string, is: boolean | string])[] = [
  ['device.driver == "gpu.example.com"', true],
  [`${d}.model == "A" && ${d}.cores > 4 && ${d}.healthy`, true],
  [`${d}.cores == "8"`, false],
  ['device.attributes["other.example.com"].driverVersion.isGreaterThan(semver("1.2.0"))', true],
  ['device.capacity["gpu.example.com"].memory.compareTo(quantity("8Gi")) > 0', true],
  ['"gpu.example.com" in device.attributes', true],
  ['"nobody.example.com" in device.attributes', false],
  ['"model" in device.attributes["nobody.example.com"]', false],
  ['has(device.attributes["gpu.example.com"].__proto__)', false],
  ['cel.bind(own, device.attributes["gpu.example.com"], own.healthy && own.cores == 8)', true],
  ['device.attributes["nobody.example.com"].model == "A"', "no such key: model"],
];

for (const [expression, is] of rows) {
  test(`device expression: ${expression}`, () => {
    const program = compileDeviceExpression(expression);
    if (typeof program === "string") assert.fail(program);
    const evaluate = () => program.evaluate({ device: deviceValue(device, "gpu.example.com") });
    if (typeof is === "string") assert.throws(evaluate, { message: is });
    else assert.equal(evaluate(), is);
  });
}

test("device expressions are true or false", () => {
  assert.equal(compileDeviceExpression("device.driver"), "must evaluate to bool or the unknown type, not string");
  assert.match(String(compileDeviceExpression("nothing")), /^compilation failed: /);
});

test("a version that is none names its attribute", () => {
  assert.throws(() => deviceValue({ name: "x", attributes: { v: { version: "one" } } }, "gpu.example.com"), {
    message: "attribute v: parse semantic version: No Major.Minor.Patch elements found",
  });
});
