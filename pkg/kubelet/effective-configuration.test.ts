import assert from "node:assert/strict";
import { test } from "node:test";
import { effectiveConfiguration } from "./effective-configuration.ts";
import type { KubeletOptions } from "./options.ts";

const options: KubeletOptions = {
  connection: { server: "https://127.0.0.1" },
  nodeName: "n",
  nodeIPs: ["127.0.0.1"],
  endpoint: "unix:///run/containerd.sock",
  rootDir: "/var/lib/kubelet",
  podLogsDir: "/var/log/pods",
  containerLogLinks: "",
  clusterDns: ["10.96.0.10"],
  clusterDomain: "cluster.local",
  resolvConf: "/etc/resolv.conf",
  cgroupRoot: "/",
  cgroupsPerQos: true,
  maxPods: 50,
  port: 10_250,
  labels: {},
  taints: [],
};

test("what nobody said is upstream's default", () => {
  const shown = effectiveConfiguration(options);
  assert.deepEqual(shown["evictionHard"], {
    "memory.available": "100Mi",
    "nodefs.available": "10%",
    "nodefs.inodesFree": "5%",
    "imagefs.available": "15%",
    "imagefs.inodesFree": "5%",
  });
  assert.equal(shown["evictionPressureTransitionPeriod"], "5m0s");
  assert.equal(shown["imageMaximumGCAge"], "0s");
  assert.equal(shown["imageGCHighThresholdPercent"], 85);
  assert.equal(shown["containerLogMaxSize"], "10Mi");
  assert.deepEqual(shown["authorization"], {
    mode: "Webhook",
    webhook: { cacheAuthorizedTTL: "5m0s", cacheUnauthorizedTTL: "30s" },
  });
  for (const name of ["staticPodPath", "evictionSoft", "cgroupRoot", "registerWithTaints"]) {
    assert.ok(!Object.hasOwn(shown, name), name);
  }
});

test("what it was told counts more than what its file says, and that more than the defaults", () => {
  const shown = effectiveConfiguration({
    ...options,
    eviction: { hard: { "memory.available": "1Gi" }, transitionMs: 30_000 },
    server: { anonymous: true, containerLogBytesMax: 20 * 1024 * 1024 },
    configurationFile: {
      maxPods: 99,
      syncFrequency: "5s",
      evictionHard: { "nodefs.available": "1%" },
      authentication: { x509: { clientCAFile: "/ca.crt" }, webhook: { cacheTTL: "1s" } },
    },
  });
  assert.equal(shown["maxPods"], 50);
  assert.equal(shown["syncFrequency"], "5s");
  assert.deepEqual(shown["evictionHard"], { "memory.available": "1Gi" });
  assert.equal(shown["evictionPressureTransitionPeriod"], "30s");
  assert.equal(shown["containerLogMaxSize"], "20Mi");
  assert.deepEqual(shown["authentication"], {
    x509: { clientCAFile: "/ca.crt" },
    webhook: { enabled: true, cacheTTL: "1s" },
    anonymous: { enabled: true },
  });
});
