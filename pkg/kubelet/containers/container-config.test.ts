import assert from "node:assert/strict";
import { test } from "node:test";
import { type ContainerConfig, cri } from "#api/cri/index.ts";
import { buildContainerConfig } from "./container-config.ts";

test("devices of claims reach the runtime by their names in the Container Device Interface", () => {
  const container = { name: "c" };
  const config = buildContainerConfig({ metadata: { name: "p" }, spec: { containers: [container] } }, container, {
    imageRef: "i",
    imageUser: {},
    devices: [],
    environment: new Map(),
    mounts: [],
    cdiDevices: ["example.com/gpu=0", "example.com/gpu=1"],
    restartCount: 0,
    seccompRoot: "",
    memoryCapacity: 1,
    hugePageSizes: [],
  });
  const bytes = cri.codec.encode("ContainerConfig", config);
  const { CDIDevices } = cri.codec.decode("ContainerConfig", bytes) as ContainerConfig;
  assert.deepEqual(
    CDIDevices.map(({ name }) => name),
    ["example.com/gpu=0", "example.com/gpu=1"],
  );
});
