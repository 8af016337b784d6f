/** A volume that is deleted while a claim holds it goes as soon as the claim is gone. */
import { after, before, test } from "node:test";
import type { PersistentVolumeSpec } from "#api/types/core/v1";
import type { Client } from "#pkg/client/index.ts";
import { isNotFound } from "#pkg/client/index.ts";
import { eventually } from "#test/support/cluster.ts";
import { startControllers, type TestControllers } from "./support.ts";

let controllers: TestControllers;
let client: Client;
before(async () => {
  controllers = await startControllers([
    "persistentvolume-binder-controller",
    "persistentvolume-protection-controller",
    "persistentvolumeclaim-protection-controller",
  ]);
  client = controllers.client;
});
after(() => controllers?.[Symbol.asyncDispose]());

const namespace = "default";
const bound = { withinMs: 10_000, everyMs: 20 };
const claimSpec = {
  accessModes: ["ReadWriteOnce"],
  storageClassName: "",
  resources: { requests: { storage: "1Gi" } },
};
const volumeSpec: PersistentVolumeSpec = {
  accessModes: ["ReadWriteOnce"],
  capacity: { storage: "1Gi" },
  persistentVolumeReclaimPolicy: "Retain",
  hostPath: { path: "/tmp" },
};

async function boundPair(name: string): Promise<void> {
  await client.persistentvolumes.create({
    metadata: { name, finalizers: ["kubernetes.io/pv-protection"] },
    spec: { ...volumeSpec, claimRef: { namespace, name } },
  });
  await client.persistentvolumeclaims.create({ metadata: { name, namespace }, spec: claimSpec });
  const phase = async () => (await client.persistentvolumes.get({ name })).status?.phase;
  await eventually(async () => (await phase()) === "Bound", bound);
}

const isGone = (name: string) =>
  client.persistentvolumes.get({ name }).then(
    () => false,
    (error: unknown) => isNotFound(error),
  );

test("the volume first, then its claim", async () => {
  await boundPair("first");
  await client.persistentvolumes.delete({ name: "first" });
  await client.persistentvolumeclaims.delete({ namespace, name: "first" });
  await eventually(() => isGone("first"), bound);
});

test("the claim first, and its volume at the same moment", async () => {
  await boundPair("both");
  await Promise.all([
    client.persistentvolumeclaims.delete({ namespace, name: "both" }),
    client.persistentvolumes.delete({ name: "both" }),
  ]);
  await eventually(() => isGone("both"), bound);
});
