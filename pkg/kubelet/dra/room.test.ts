/** A driver on real sockets; of the API only what the test says is there. */
import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import type { Pod } from "#api/types/core/v1";
import type { ResourceClaim } from "#api/types/resource.k8s.io/v1";
import { systemClock } from "#pkg/apimachinery/clock.ts";
import { createLogger } from "#pkg/apimachinery/log.ts";
import { notFound } from "#pkg/apimachinery/status-error.ts";
import type { Client } from "#pkg/client/index.ts";
import { eventually } from "#test/support/cluster.ts";
import { DraDriver, type DraDriverOptions, deviceReply } from "#test/support/dra-driver.ts";
import { Checkpoint } from "./checkpoint.ts";
import { DeviceRoom, type DeviceRoomOptions } from "./room.ts";

const driver = "gpu.example.com";
const log = createLogger("test");
const wipeDelayMs = 400;
const soon = { withinMs: 5_000, everyMs: 20 };

class Node implements AsyncDisposable {
  readonly rootDir: string;
  readonly claims = new Map<string, ResourceClaim>();
  readonly wiped: string[] = [];
  activePods: ReadonlySet<string> | undefined;
  readonly #drivers: DraDriver[] = [];
  #stop = new AbortController();
  #running: Promise<void> = Promise.resolve();

  private constructor(rootDir: string) {
    this.rootDir = rootDir;
  }

  static async create(): Promise<Node> {
    return new Node(await mkdtemp(join(tmpdir(), "kubets-dra-")));
  }

  async start(more: Partial<DeviceRoomOptions> = {}): Promise<DeviceRoom> {
    this.#stop = new AbortController();
    const { signal } = this.#stop;
    const client = {
      resourceclaims: {
        get: async ({ name }: { name: string }) => {
          const claim = this.claims.get(name);
          if (!claim) throw notFound({ group: "resource.k8s.io", resource: "resourceclaims" }, name);
          return claim;
        },
      },
      resourceslices: {
        deleteCollection: async ({ fieldSelector }: { fieldSelector: string }) => void this.wiped.push(fieldSelector),
      },
    } as unknown as Client;
    const { rootDir } = this;
    const options = { client, nodeName: "n", rootDir, clock: systemClock, log, signal, wipeDelayMs };
    const room = await DeviceRoom.create({ ...options, ...more });
    this.#running = room.run(() => this.activePods);
    return room;
  }

  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#running;
  }

  /** Starts a driver and waits until the kubelet has told it something. */
  async driver(options: Partial<DraDriverOptions> = {}): Promise<DraDriver> {
    const one = await new DraDriver({ name: driver, rootDir: this.rootDir, ...options }).start();
    this.#drivers.push(one);
    await eventually(async () => one.told.length > 0, soon);
    return one;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
    for (const one of this.#drivers) await one.stop();
    await rm(this.rootDir, { recursive: true });
  }
}

const claim = (name: string, ...users: string[]): ResourceClaim => ({
  metadata: { name, namespace: "default", uid: `uid-${name}` },
  spec: { devices: { requests: [] } },
  status: {
    allocation: { devices: { results: [{ request: "gpu", driver, pool: "pool", device: "gpu-0" }] } },
    reservedFor: users.map((user) => ({ resource: "pods", name: user, uid: `uid-${user}` })),
  },
});

const pod = (name: string, ...claims: string[]): Pod => ({
  metadata: { name, namespace: "default", uid: `uid-${name}` },
  spec: {
    containers: [{ name: "c", resources: { claims: claims.map((one) => ({ name: one })) } }],
    resourceClaims: claims.map((one) => ({ name: one, resourceClaimName: one })),
  },
});
const containerOf = ({ spec }: Pod) => spec.containers[0]!;

for (const version of ["v1", "v1beta1"] as const) {
  test(`a driver of ${version} prepares a claim once, and takes it back after its last pod`, async () => {
    await using node = await Node.create();
    const { manager } = await node.start();
    const gpu = await node.driver({ version });
    assert.deepEqual(gpu.told, [""]);
    gpu.prepare = () => ({ devices: [deviceReply("a", "gpu"), deviceReply("b", "other")] });
    node.claims.set("shared", claim("shared", "p", "q"));
    const [p, q] = [pod("p", "shared"), pod("q", "shared")];
    await Promise.all([manager.prepare(p), manager.prepare(q)]);
    await manager.prepare(p);
    assert.deepEqual(gpu.prepared, ["shared"]);
    assert.deepEqual(manager.cdiDevices(p, containerOf(p)), ["example.com/device=a", "example.com/device=b"]);
    const one = { name: "c", resources: { claims: [{ name: "shared", request: "gpu" }] } };
    assert.deepEqual(manager.cdiDevices(p, one), ["example.com/device=a"]);
    assert.deepEqual(manager.cdiDevices(p, { name: "without" }), []);
    await manager.unprepare(p);
    assert.deepEqual(gpu.unprepared, [], "the other pod uses it");
    await manager.unprepare(q);
    await manager.unprepare(q);
    assert.deepEqual(gpu.unprepared, ["shared"]);
    assert.deepEqual(await new Checkpoint(node.rootDir).read(), []);
  });
}

test("what goes wrong is told in upstream's words", async () => {
  await using node = await Node.create();
  const { manager } = await node.start();
  const fails = (wanted: Pod, message: string) =>
    assert.rejects(manager.prepare(wanted), { message: `prepare dynamic resources: ${message}` });
  const p = pod("p", "c");
  await fails(p, 'fetch ResourceClaim c: resourceclaims.resource.k8s.io "c" not found');
  node.claims.set("c", claim("c", "another"));
  await fails(p, "pod p (uid-p) is not allowed to use ResourceClaim c (uid-c)");
  node.claims.set("c", { ...claim("c"), status: { reservedFor: claim("c", "p").status!.reservedFor! } });
  await fails(p, "ResourceClaim c: not allocated");
  node.claims.set("c", claim("c", "p"));
  await fails(p, `DRA driver ${driver} is not registered`);
  assert.throws(() => manager.cdiDevices(p, containerOf(p)), /unable to get claim info for ResourceClaim c$/);
  await manager.unprepare(p);

  const gpu = await node.driver();
  gpu.prepare = () => ({ error: "out of order" });
  await fails(p, "NodePrepareResources failed for ResourceClaim c: out of order");
  gpu.prepare = () => {
    throw new Error("on fire");
  };
  await fails(p, "NodePrepareResources: rpc error: code = Unknown desc = on fire");
  gpu.prepare = () => ({});
  await manager.prepare(p);
  node.claims.set("c", { ...claim("c", "p"), metadata: { ...claim("c").metadata, uid: "new" } });
  await fails(
    p,
    "old ResourceClaim with same name c and different UID uid-c still exists (previous pod force-deleted?!)",
  );
  gpu.unprepare = () => ({ error: "still busy" });
  await assert.rejects(manager.unprepare(p), {
    message: "unprepare dynamic resources: NodeUnprepareResources failed for ResourceClaim c: still busy",
  });
  gpu.unprepare = () => ({});
  await manager.unprepare(p);
});

test("a kubelet that begins anew knows what is prepared, and gives back what pods left", async () => {
  await using node = await Node.create();
  const gpu = await new DraDriver({ name: driver, rootDir: node.rootDir }).start();
  await using _ = gpu;
  gpu.prepare = ({ name }) => ({ devices: [deviceReply(name)] });
  const first = await node.start();
  await eventually(async () => gpu.told.length === 1, soon);
  for (const name of ["stays", "gone"]) {
    node.claims.set(name, claim(name, name));
    await first.manager.prepare(pod(name, name));
  }
  await node.stop();
  const { manager } = await node.start();
  const stays = pod("stays", "stays");
  assert.deepEqual(manager.cdiDevices(stays, containerOf(stays)), ["example.com/device=stays"]);
  await eventually(async () => gpu.told.length === 2, soon);
  await manager.prepare(stays);
  assert.deepEqual(gpu.prepared, ["stays", "gone", "stays"], "a driver may have begun anew too");
  await manager.unprepare(stays);
  await manager.unprepare({ metadata: { uid: "uid-gone" }, spec: { containers: [] } });
  assert.deepEqual(gpu.unprepared, ["stays", "gone"]);
});

test("pods that are gone give their claims back when the kubelet looks for them", async () => {
  await using node = await Node.create();
  const gpu = await new DraDriver({ name: driver, rootDir: node.rootDir }).start();
  await using _ = gpu;
  const checkpoint = new Checkpoint(node.rootDir);
  const left = {
    uid: "u",
    name: "left",
    namespace: "default",
    pods: new Set(["gone"]),
    drivers: new Map([[driver, []]]),
  };
  await checkpoint.write([left, { ...left, name: "kept", uid: "v", pods: new Set(["here"]) }]);
  // The first look comes before the driver has registered; for the next the test does not wait a minute.
  const looks = Promise.withResolvers<void>();
  let waits = 0;
  const sleep = (ms: number, signal?: AbortSignal) =>
    ms === 60_000 && waits++ === 0 ? looks.promise : systemClock.sleep(ms, signal);
  node.activePods = new Set(["here"]);
  await node.start({ clock: { ...systemClock, sleep } });
  await eventually(async () => gpu.told.length > 0, soon);
  looks.resolve();
  await eventually(async () => (await checkpoint.read()).length === 1, soon);
  assert.deepEqual(gpu.unprepared, ["left"]);
  assert.deepEqual(
    (await checkpoint.read()).map(({ name }) => name),
    ["kept"],
  );
});

test("plugins that cannot be served are told why", async () => {
  await using node = await Node.create();
  await node.start();
  const other = await node.driver({ name: "other.example.com", type: "Other" });
  const where = `at socket ${other.registrationSocket}`;
  assert.equal(other.told[0], `RegisterPlugin error -- no handler registered for plugin type: Other ${where}`);
  const old = await node.driver({ name: "old.example.com", supportedVersions: ["v1alpha3.Node"] });
  const what = `invalid supported gRPC versions of DRA driver plugin old.example.com at endpoint ${old.endpoint}`;
  const known = '(["v1.DRAPlugin" "v1beta1.DRAPlugin"])';
  const why = `none of services supported by the plugin (["v1alpha3.Node"]) are supported by the kubelet ${known}`;
  assert.equal(old.told[0], `RegisterPlugin error -- plugin validation failed with err: ${what}: ${why}`);
});

test("slices go at the beginning, and when a driver is away for long, but not when it comes back", async () => {
  await using node = await Node.create();
  await node.start();
  await eventually(async () => node.wiped.length === 1, soon);
  const gpu = await node.driver();
  await new Promise((resolve) => setTimeout(resolve, 2 * wipeDelayMs));
  assert.deepEqual(node.wiped, ["spec.nodeName=n"]);
  await gpu.stop();
  await eventually(async () => node.wiped.length === 2, soon);
  assert.equal(node.wiped[1], `spec.nodeName=n,spec.driver=${driver}`);
  await gpu.start();
  await eventually(async () => gpu.told.length === 2, soon);
  await new Promise((resolve) => setTimeout(resolve, 2 * wipeDelayMs));
  assert.equal(node.wiped.length, 2);
});
