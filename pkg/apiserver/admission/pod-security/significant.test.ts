import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { PodSpec } from "#api/types/core/v1";
import { isSignificant } from "./significant.ts";

const c = (name: string, image: string) => ({ name, image });
const old: PodSpec = {
  initContainers: [c("i", "1")],
  containers: [c("a", "1"), c("b", "1")],
  ephemeralContainers: [c("e", "1"), c("f", "1")],
};

const rows: readonly (readonly [name: string, next: Partial<PodSpec>, is: boolean])[] = [
  ["nothing", {}, false],
  ["a deadline", { activeDeadlineSeconds: 1 }, false],
  ["an image", { containers: [c("a", "1"), c("b", "2")] }, true],
  ["an image of an init container", { initContainers: [c("i", "2")] }, true],
  ["a container less", { containers: [c("a", "1")] }, true],
  ["no init container", { initContainers: [] }, true],
  ["an ephemeral container more", { ephemeralContainers: [c("f", "1"), c("e", "1"), c("g", "1")] }, true],
  ["another image of an ephemeral container", { ephemeralContainers: [c("e", "2"), c("f", "1")] }, true],
  ["an ephemeral container less", { ephemeralContainers: [c("f", "1")] }, false],
  ["other resources", { containers: [{ ...c("a", "1"), resources: { limits: { cpu: "1" } } }, c("b", "1")] }, false],
];

describe("an update", () => {
  for (const [name, next, is] of rows) {
    it(`of ${name}`, () => {
      assert.equal(isSignificant({ metadata: {}, spec: { ...old, ...next } }, { metadata: {}, spec: old }), is);
    });
  }
});
