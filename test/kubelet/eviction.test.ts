/** A node that runs short and pods that keep more than they may, on real containers. */
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import type { Pod } from "#api/types/core/v1";
import { eventually } from "#test/support/cluster.ts";
import { startTestKubelet, type TestKubelet } from "#test/support/kubelet.ts";

const bound = { withinMs: 45_000 };
const sleeps = ["sleep", "1000"];
const writes = (path: string) => ["sh", "-c", `dd if=/dev/zero of=${path} bs=1M count=5; sleep 1000`];

async function untilEvicted(kubelet: TestKubelet, name: string): Promise<Pod> {
  return eventually(async () => {
    const pod = await kubelet.pod(name);
    return pod.status?.phase === "Failed" && pod;
  }, bound);
}

const untilRunning = (kubelet: TestKubelet, name: string) =>
  eventually(async () => (await kubelet.pod(name)).status?.phase === "Running", bound);

describe("pods with limits on the node's disk", () => {
  let kubelet: TestKubelet;
  before(async () => {
    kubelet = await startTestKubelet();
  });
  after(() => kubelet?.[Symbol.asyncDispose]());

  test("a pod whose emptyDir exceeds its limit is evicted, and stays so", async () => {
    await kubelet.createPod("within", {
      containers: [{ name: "c", command: writes("/data/file"), volumeMounts: [{ name: "v", mountPath: "/data" }] }],
      volumes: [{ name: "v", emptyDir: { sizeLimit: "20Mi" } }],
    });
    await kubelet.createPod("beyond", {
      containers: [{ name: "c", command: writes("/data/file"), volumeMounts: [{ name: "v", mountPath: "/data" }] }],
      volumes: [{ name: "v", emptyDir: { sizeLimit: "1Mi" } }],
    });
    const { status } = await untilEvicted(kubelet, "beyond");
    const message = 'Usage of EmptyDir volume "v" exceeds the limit "1Mi". ';
    assert.equal(status?.reason, "Evicted");
    assert.equal(status?.message, message);
    assert.equal(status?.containerStatuses?.[0]?.restartCount, 0);
    assert.ok(status?.containerStatuses?.[0]?.state?.terminated);
    assert.ok((await kubelet.eventsAbout("beyond")).includes(`Evicted: ${message}`));
  });

  test("a container that exceeds its ephemeral storage takes its pod down", async () => {
    const limits = { "ephemeral-storage": "1Mi" };
    await kubelet.createPod("layer", { containers: [{ name: "c", command: writes("/file"), resources: { limits } }] });
    const { status } = await untilEvicted(kubelet, "layer");
    assert.equal(status?.reason, "Evicted");
    assert.equal(status?.message, "Pod ephemeral local storage usage exceeds the total limit of containers 1Mi. ");
  });

  test("a log counts", async () => {
    const limits = { "ephemeral-storage": "1Mi" };
    const command = ["sh", "-c", "yes 0123456789 | head -c 3000000; sleep 1000"];
    await kubelet.createPod("talker", { containers: [{ name: "c", command, resources: { limits } }] });
    assert.equal((await untilEvicted(kubelet, "talker")).status?.reason, "Evicted");
  });

  test("it is counted", async () => {
    const page = await kubelet.page("/metrics");
    assert.match(page, /^kubelet_evictions\{eviction_signal="emptydirfs.limit"\} 1$/m);
    assert.match(page, /^kubelet_evictions\{eviction_signal="ephemeralpodfs.limit"\} 2$/m);
  });

  test("a kubelet that starts again leaves them as they are", async () => {
    await kubelet.restart();
    await untilRunning(kubelet, "within");
    const { status } = await kubelet.pod("beyond");
    assert.equal(status?.phase, "Failed");
    assert.equal(status?.reason, "Evicted");
    assert.equal(status?.containerStatuses?.[0]?.restartCount, 0);
  });

  test("the node is at ease", async () => {
    const { status } = await kubelet.node();
    const shown = status?.conditions?.map(({ type, status: is }) => `${type}=${is}`);
    assert.deepEqual(shown, ["MemoryPressure=False", "DiskPressure=False", "PIDPressure=False", "Ready=True"]);
  });
});

describe("a node that is short of memory", () => {
  let kubelet: TestKubelet;
  before(async () => {
    // There is never that much to be had, and never so little that nothing may be kept free.
    kubelet = await startTestKubelet({ eviction: { hard: { "memory.available": "99.9%" }, transitionMs: 1000 } });
  });
  after(() => kubelet?.[Symbol.asyncDispose]());

  test("says so", async () => {
    await eventually(async () => {
      const { status } = await kubelet.node();
      const condition = status?.conditions?.find(({ type }) => type === "MemoryPressure");
      assert.equal(condition?.status, "True");
      assert.equal(condition?.reason, "KubeletHasInsufficientMemory");
      assert.equal(condition?.message, "kubelet has insufficient memory available");
    }, bound);
    const events = await kubelet.eventsAbout(kubelet.nodeName);
    assert.ok(events.includes("EvictionThresholdMet: Attempting to reclaim memory"), events.join("\n"));
    assert.ok(events.includes("NodeHasInsufficientMemory: Node node-1 status is now: NodeHasInsufficientMemory"));
  });

  test("shows what it goes by", async () => {
    const { kubeletconfig } = JSON.parse(await kubelet.page("/configz"));
    assert.deepEqual(kubeletconfig.evictionHard, { "memory.available": "99.9%" });
    assert.equal(kubeletconfig.evictionPressureTransitionPeriod, "1s");
    assert.equal(kubeletconfig.maxPods, 110);
  });

  test("refuses a pod that asks for nothing", async () => {
    await kubelet.createPod("late", { containers: [{ name: "c", command: sleeps }] });
    const { status } = await untilEvicted(kubelet, "late");
    assert.equal(status?.reason, "Evicted");
    assert.equal(status?.message, "Pod was rejected: The node had condition: [MemoryPressure]. ");
  });

  test("evicts what runs, but for what the node stands on", async () => {
    const tolerations = [{ key: "node.kubernetes.io/memory-pressure", operator: "Exists" as const }];
    const containers = [{ name: "c", command: sleeps }];
    await kubelet.createPod("critical", { containers, priorityClassName: "system-node-critical" });
    await kubelet.createPod("besteffort", { containers, tolerations });
    const { status } = await untilEvicted(kubelet, "besteffort");
    assert.equal(status?.reason, "Evicted");
    assert.match(
      status?.message ?? "",
      /^The node was low on resource: memory\. Threshold quantity: \d+\w*, available: \d+\w*\. /,
    );
    const target = status?.conditions?.find(({ type }) => type === "DisruptionTarget");
    assert.equal(target?.status, "True");
    assert.equal(target?.reason, "TerminationByKubelet");
    assert.equal(target?.message, status?.message);
    assert.equal((await kubelet.pod("critical")).status?.phase, "Running");
    assert.match(await kubelet.page("/metrics"), /^kubelet_evictions\{eviction_signal="memory.available"\} 1$/m);
  });
});
