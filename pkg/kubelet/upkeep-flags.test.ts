import assert from "node:assert/strict";
import { test } from "node:test";
import yargs from "yargs";
import { parseKubeletConfiguration } from "./configuration.ts";
import { evictionOf } from "./eviction/settings.ts";
import { parsePairs, upkeepFlags, upkeepOptions } from "./upkeep-flags.ts";

const head = "apiVersion: kubelet.config.k8s.io/v1beta1\nkind: KubeletConfiguration\n";

/** What a kubelet is told by a command line and the body of its file. */
function told(args: readonly string[], body = "") {
  const argv = yargs([...args])
    .options(upkeepFlags)
    .config(parseKubeletConfiguration(head + body))
    .parseSync();
  return upkeepOptions(argv);
}

const signals = (args: readonly string[], body?: string): string[] =>
  evictionOf({ ...told(args, body).eviction, enforceAllocatable: false }).thresholds.map(({ signal }) => signal);

const defaults = [
  "memory.available",
  "nodefs.available",
  "nodefs.inodesFree",
  "imagefs.available",
  "imagefs.inodesFree",
];

for (const { name, args = [], body = "", wants } of [
  { name: "nothing said", wants: defaults },
  { name: "a file that names one", body: "evictionHard: {pid.available: 5%}\n", wants: ["pid.available"] },
  {
    name: "a file that adds one",
    body: "evictionHard: {pid.available: 5%}\nmergeDefaultEvictionSettings: true\n",
    wants: [...defaults, "pid.available"],
  },
  { name: "a file that wants none", body: "evictionHard: {}\n", wants: [] },
  { name: "a command line that wants none", args: ["--eviction-hard="], wants: [] },
  {
    name: "the command line wins",
    args: ["--eviction-hard=memory.available<1Gi,nodefs.available<2%"],
    body: "evictionHard: {pid.available: 5%}\n",
    wants: ["memory.available", "nodefs.available"],
  },
  {
    name: "in two flags",
    args: ["--eviction-hard=memory.available<1Gi", "--eviction-hard=nodefs.available<2%"],
    wants: ["memory.available", "nodefs.available"],
  },
]) {
  test(`thresholds: ${name}`, () => assert.deepEqual(signals(args, body), wants));
}

test("without a word everything else is upstream's default", () => {
  const { eviction, imageCollection } = told([]);
  const { soft, softGracePeriods, minimumReclaim, ...rest } = eviction ?? {};
  assert.deepEqual([soft, softGracePeriods, minimumReclaim], [{}, {}, {}]);
  assert.deepEqual(rest, {
    enforceAllocatable: true,
    transitionMs: 300_000,
    podGraceSecondsMax: 0,
    localStorageLimits: true,
  });
  assert.deepEqual(imageCollection, {
    highThresholdPercent: 85,
    lowThresholdPercent: 80,
    ageMsMin: 120_000,
    ageMsMax: 0,
  });
});

test("a whole file", () => {
  const body = `
evictionSoft: {memory.available: 1.5Gi}
evictionSoftGracePeriod: {memory.available: 1m30s}
evictionMinimumReclaim: {nodefs.available: 500Mi}
evictionPressureTransitionPeriod: 30s
evictionMaxPodGracePeriod: 60
enforceNodeAllocatable: [none]
localStorageCapacityIsolation: false
imageMinimumGCAge: 0s
imageMaximumGCAge: 24h
imageGCHighThresholdPercent: 70
imageGCLowThresholdPercent: 60
`;
  const { eviction, imageCollection } = told([], body);
  assert.deepEqual(eviction, {
    soft: { "memory.available": "1.5Gi" },
    softGracePeriods: { "memory.available": "1m30s" },
    minimumReclaim: { "nodefs.available": "500Mi" },
    enforceAllocatable: false,
    transitionMs: 30_000,
    podGraceSecondsMax: 60,
    localStorageLimits: false,
  });
  assert.deepEqual(imageCollection, {
    highThresholdPercent: 70,
    lowThresholdPercent: 60,
    ageMsMin: 120_000,
    ageMsMax: 86_400_000,
  });
});

test("pairs that are none are refused in upstream's words", () => {
  assert.throws(() => parsePairs("memory.available=1Gi", "<"), { message: "malformed pair, expect string<string" });
  assert.throws(() => parsePairs("memory.available<1Gi", "="), { message: "malformed pair, expect string=string" });
});
