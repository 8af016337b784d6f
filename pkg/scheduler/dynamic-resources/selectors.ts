/** Whether expressions choose a device. */
import type { DeviceSelector } from "#api/types/resource.k8s.io/v1";
import type { Program, Value } from "#pkg/apimachinery/cel/index.ts";
import { deviceValue } from "#pkg/apimachinery/devices/device-value.ts";
import { compileDeviceExpression } from "#pkg/apimachinery/devices/expressions.ts";
import type { Candidate } from "./pools.ts";

/** Classes and templates are few: what they say is compiled once. */
const programsMax = 256;

/** Compiled expressions; those used longest ago go. */
const programs = new Map<string, Program | string>();

function compiled(text: string): Program | string {
  const known = programs.get(text);
  const program = known ?? compileDeviceExpression(text);
  programs.delete(text);
  programs.set(text, program);
  const [oldest] = programs.keys();
  if (programs.size > programsMax && oldest !== undefined) programs.delete(oldest);
  return program;
}

/** Devices never change in place. */
const values = new WeakMap<Candidate["device"], Value>();

function readable({ device, driver }: Candidate): Value {
  const known = values.get(device);
  if (known !== undefined) return known;
  const value = deviceValue(device, driver);
  values.set(device, value);
  return value;
}

/** All must choose it. Throws an Error in upstream's words, which begins with `owner` (`class x`, `claim n/x`). */
export const choose = (selectors: readonly DeviceSelector[], candidate: Candidate, owner: string): boolean =>
  selectors.every(({ cel }, at) => {
    const program = compiled(cel?.expression ?? "");
    if (typeof program === "string") throw new Error(`${owner}: selector #${at}: CEL compile error: ${program}`);
    try {
      const chosen = program.evaluate({ device: readable(candidate) });
      if (typeof chosen === "boolean") return chosen;
      throw new Error("CEL result could not be converted to bool");
    } catch (error) {
      throw new Error(`${owner}: selector #${at}: CEL runtime error: ${(error as Error).message}`, { cause: error });
    }
  });
