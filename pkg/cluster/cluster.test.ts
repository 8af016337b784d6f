import assert from "node:assert/strict";
import { mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { createLogger } from "#pkg/apimachinery/log.ts";
import { apiserverArgs } from "./apiserver-flags.ts";
import { defaults } from "./config.ts";
import { portIsFree, portsNeeded } from "./machine.ts";
import { addressOf, podCidrOf } from "./node/containerd-config.ts";
import { apiServerUrlFor, furtherNodes, nodeAddress, nodeCgroupRoot, nodeIndexes, processName } from "./node/places.ts";
import { parseItems } from "./node/stop-pods.ts";
import { clusterMark, isOurs, processMark } from "./process-table.ts";
import { keepRunning, nextBackoffMs } from "./supervisor/child.ts";
import { planChildren } from "./supervisor/children.ts";
import { tryLock } from "./supervisor/lock.ts";
import { rotateLogs } from "./supervisor/rotate.ts";

test("how long a child waits before it starts again", () => {
  const rows = [
    { name: "first early death", previous: 0, lived: 50, wants: 100 },
    { name: "doubles", previous: 400, lived: 50, wants: 800 },
    { name: "has a bound", previous: 4000, lived: 50, wants: 5000 },
    { name: "a long life counts as healthy", previous: 5000, lived: 10_000, wants: 0 },
  ];
  for (const row of rows) assert.equal(nextBackoffMs(row.previous, row.lived), row.wants, row.name);
});

test("ranges", () => {
  assert.equal(podCidrOf({ clusterCidr: "10.244.0.0/16" }, 1), "10.244.0.0/24");
  assert.equal(podCidrOf({ clusterCidr: "10.244.0.0/16" }, 256), "10.244.255.0/24");
  assert.throws(() => podCidrOf({ clusterCidr: "10.244.0.0/16" }, 257), /no room/);
  assert.equal(addressOf("10.96.0.0/16", 10), "10.96.0.10");
  assert.equal(addressOf("172.20.255.0/16", 257), "172.21.0.1");
});

test("places of the nodes of one machine", () => {
  const config = { ...defaults, nodeIp: "192.0.2.7", nodes: 3 };
  assert.deepEqual(nodeIndexes(config), [1, 2, 3]);
  assert.deepEqual(furtherNodes(config), [2, 3]);
  const rows = [
    { index: 1, address: "192.0.2.7", server: "https://127.0.0.1:6443", group: "/", process: "kubelet" },
    {
      index: 3,
      address: "172.31.253.3",
      server: "https://192.0.2.7:6443",
      group: "/kubets-node-3",
      process: "kubelet.node-3",
    },
  ];
  for (const { index, ...wants } of rows) {
    assert.deepEqual(
      {
        address: nodeAddress(config, index),
        server: apiServerUrlFor(config, index),
        group: nodeCgroupRoot(config, index),
        process: processName("kubelet", index),
      },
      wants,
    );
  }
  assert.equal(nodeCgroupRoot({ cgroupRoot: "/own" }, 2), "/own-node-2");
});

test("a further node's processes start in its network namespace", () => {
  const config = { ...defaults, nodes: 2, etcdServers: "http://127.0.0.1:1" };
  const children = planChildren(config, { node: "/bin/true", entry: "main.ts" });
  const argsOf = (name: string) => children.find((child) => child.name === name)?.args ?? [];
  const enters = (name: string) => argsOf(name)[0];
  assert.equal(enters("containerd.node-2"), "--net=/run/kubets/nodes/node-2/netns");
  assert.equal(enters("components.node-2"), "--net=/run/kubets/nodes/node-2/netns");
  assert.notEqual(enters("components"), "--net=/run/kubets/nodes/node-2/netns");
  assert.ok(argsOf("components.node-2").join(" ").includes("main.ts run --node 2 --data-dir "));
  assert.ok(argsOf("components").join(" ").includes("main.ts run --data-dir "));
});

test("several API servers: one process each, one port for all", () => {
  const config = { ...defaults, apiServers: 3, etcdServers: "http://127.0.0.1:1" };
  const servers = planChildren(config, { node: "/bin/true", entry: "main.ts" }).filter(
    ({ args }) => args.at(-1) === "kube-apiserver",
  );
  assert.deepEqual(
    servers.map(({ name, pidFiles }) => [name, ...pidFiles]),
    ["kube-apiserver", "kube-apiserver-2", "kube-apiserver-3"].map((name) => [name, `/run/kubets/${name}.pid`]),
  );
  assert.ok(apiserverArgs(config).includes("--permit-port-sharing=true"));
  assert.ok(apiserverArgs(defaults).includes("--permit-port-sharing=false"));
});

const external = { ...defaults, etcdServers: "http://127.0.0.1:1" };
const soleWriters: readonly { what: string; config: typeof defaults; isSole: boolean }[] = [
  { what: "its own etcd", config: defaults, isSole: true },
  { what: "its own etcd, of several servers", config: { ...defaults, apiServers: 2 }, isSole: false },
  { what: "somebody's etcd", config: external, isSole: false },
  { what: "somebody's etcd for it alone", config: { ...external, etcdSoleWriter: true }, isSole: true },
];
for (const { what, config, isSole } of soleWriters) {
  test(`an API server ${isSole ? "alone writes" : "does not alone write"} into ${what}`, () => {
    assert.equal(apiserverArgs(config).includes("--etcd-sole-writer=true"), isSole);
  });
}

test("a list of CRI: ids and states, unknown fields skipped", () => {
  const container = Buffer.from([0x0a, 2, 0x61, 0x62, 0x12, 1, 0x73, 0x30, 1, 0x38, 0x96, 0x01]);
  const sandbox = Buffer.from([0x0a, 1, 0x63]);
  const list = Buffer.concat([Buffer.from([0x0a, container.length]), container, Buffer.from([0x0a, 3]), sandbox]);
  assert.deepEqual(parseItems(list, 6), [
    { id: "ab", state: 1 },
    { id: "c", state: 0 },
  ]);
  assert.throws(() => parseItems(Buffer.from([0x0a]), 6), RangeError);
});

test("only one holds a lock, and closing frees it", async () => {
  const name = `\0kubets-test-${process.pid}`;
  const first = await tryLock(name);
  assert.ok(first);
  assert.equal(await tryLock(name), undefined);
  await new Promise((resolve) => first.close(resolve));
  const second = await tryLock(name);
  assert.ok(second);
  second.close();
});

test("a port is free until somebody listens", async () => {
  const { createServer } = await import("node:net");
  const server = createServer().listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  const { port } = server.address() as { port: number };
  assert.equal(await portIsFree({ host: "127.0.0.1", port }), false);
  await new Promise((resolve) => server.close(resolve));
  assert.equal(await portIsFree({ host: "127.0.0.1", port }), true);
});

test("an external etcd needs no ports of ours, and no two parts want the same port", () => {
  const ports = portsNeeded(defaults).map((need) => need.port);
  assert.equal(new Set(ports).size, ports.length);
  const external = portsNeeded({ ...defaults, etcdServers: "http://127.0.0.1:2379" });
  assert.ok(!external.some((need) => need.owner.startsWith("etcd")));
});

test("a log is cut when it is too big, with one older copy", async () => {
  const directory = await mkdtemp(join(tmpdir(), "kubets-rotate-"));
  try {
    await writeFile(join(directory, "big.log"), "0123456789");
    await writeFile(join(directory, "small.log"), "0");
    assert.deepEqual(await rotateLogs(directory, 5), ["big.log"]);
    assert.equal((await stat(join(directory, "big.log"))).size, 0);
    assert.equal(await readFile(join(directory, "big.log.1"), "utf8"), "0123456789");
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
});

test("a child that dies is started again; a second supervisor adopts it; the mark tells it from a stranger", async () => {
  const runDir = await mkdtemp(join(tmpdir(), "kubets-child-"));
  const pidFile = join(runDir, "sleeper.pid");
  const readPid = async () => Number(await readFile(pidFile, "utf8").catch(() => "0"));
  const untilPid = async (differs: number) => {
    for (let i = 0; i < 300; i++) {
      const pid = await readPid();
      if (pid !== 0 && pid !== differs && isOurs(pid, runDir, "sleeper")) return pid;
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    throw new Error("no new child came");
  };
  const spec = {
    name: "sleeper",
    command: "sleep",
    args: ["60"],
    env: {},
    logFile: join(runDir, "sleeper.log"),
    pidFiles: [pidFile],
  };
  const logger = createLogger("test");
  logger.level = "silent";
  const first = new AbortController();
  const second = new AbortController();
  let pid = 0;
  try {
    const running = keepRunning(spec, { runDir, logger, signal: first.signal });
    pid = await untilPid(0);
    process.kill(pid, "SIGKILL");
    pid = await untilPid(pid);
    first.abort();
    await running;
    assert.ok(isOurs(pid, runDir, "sleeper"), "the child outlives its supervisor");
    const adopting = keepRunning(spec, { runDir, logger, signal: second.signal });
    await new Promise((resolve) => setTimeout(resolve, 50));
    assert.equal(await readPid(), pid);
    second.abort();
    await adopting;
    assert.equal(isOurs(process.pid, runDir), false);
    assert.equal(isOurs(pid, `${runDir}-other`), false);
    assert.deepEqual([clusterMark, processMark], ["KUBETS_CLUSTER", "KUBETS_PROCESS"]);
  } finally {
    first.abort();
    second.abort();
    if (pid !== 0) process.kill(pid, "SIGKILL");
    await rm(runDir, { recursive: true, force: true });
  }
});
