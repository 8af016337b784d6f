import assert from "node:assert/strict";
import { test } from "node:test";
import { controllers } from "./registry.ts";
import { selectControllers } from "./selection.ts";

const select = (...wanted: string[]) => selectControllers(controllers, wanted).map(({ name }) => name);

test("what --controllers selects", () => {
  const usual = select("*");
  assert.ok(usual.includes("deployment-controller"));
  assert.ok(!usual.includes("token-cleaner-controller"), "off by default");
  assert.deepEqual(select("deployment-controller"), ["deployment-controller"]);
  assert.deepEqual(select("deployment", "-deployment-controller"), ["deployment-controller"], "the first decides");
  assert.ok(!select("*", "-job").includes("job-controller"));
  const kubeadm = select("*", "bootstrapsigner", "tokencleaner");
  assert.equal(kubeadm.length, usual.length + 2);
  assert.equal(select("*", "service-lb-controller").length, usual.length);
  assert.throws(() => select("-nothing"), /"nothing" is not in the list of known controllers/);
});

test("no two controllers have the same name", () => {
  assert.equal(new Set(controllers.map(({ name }) => name)).size, controllers.length);
});
