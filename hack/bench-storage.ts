/**
 * A micro benchmark of pkg/storage on a private etcd: `node hack/bench-storage.ts [objects]`.
 * Prints creations, reads and events per second; for comparing two states of the code on one machine.
 */
import { openStorage, type ResourceStore } from "#pkg/storage/index.ts";
import { startEtcd } from "#test/support/etcd.ts";

const spec = {
  prefix: "/registry/pods/",
  fieldsOf: (object: { metadata: { name?: string }; spec?: { nodeName?: string } }) => ({
    "metadata.name": object.metadata.name ?? "",
    "spec.nodeName": object.spec?.nodeName ?? "",
  }),
  indexed: ["spec.nodeName"],
};

const keyOf = (index: number): string => `/registry/pods/ns-${index % 10}/pod-${index}`;

/** About 1.7 KB, as a small pod has. */
function podJson(index: number, round: number): Buffer {
  const env = Array.from({ length: 20 }, (_, i) => ({ name: `VARIABLE_${i}`, value: `a value of some length ${i}` }));
  return Buffer.from(
    JSON.stringify({
      apiVersion: "v1",
      kind: "Pod",
      metadata: {
        name: `pod-${index}`,
        namespace: `ns-${index % 10}`,
        uid: `00000000-0000-4000-8000-${String(index).padStart(12, "0")}`,
        labels: { app: `app-${index % 100}`, tier: "bench" },
        annotations: { round: String(round) },
      },
      spec: { nodeName: `node-${index % 100}`, containers: [{ name: "main", image: "registry.example/app:1", env }] },
    }),
  );
}

/** Runs `total` tasks, `width` at a time; returns tasks per second. */
async function rate(total: number, width: number, task: (index: number) => Promise<unknown>): Promise<number> {
  let next = 0;
  const started = performance.now();
  const worker = async (): Promise<void> => {
    while (next < total) {
      const index = next;
      next += 1;
      await task(index);
    }
  };
  await Promise.all(Array.from({ length: width }, worker));
  return (total / (performance.now() - started)) * 1000;
}

async function fanOut(
  store: ResourceStore,
  watchers: number,
  writes: number,
): Promise<{ rate: number; lagMs: number }> {
  const abort = new AbortController();
  let received = 0;
  let lagMs = 0;
  const done = Promise.withResolvers<void>();
  const after = (await store.list({ prefix: spec.prefix, at: { kind: "latest" }, limit: 1 })).revision;
  for (let i = 0; i < watchers; i += 1) {
    const watch = await store.watch({ prefix: spec.prefix, after, signal: abort.signal });
    watch.onReady = () => {
      received += watch.take().length;
      if (received >= watchers * writes) done.resolve();
    };
  }
  const started = performance.now();
  await rate(writes, 32, (index) => store.create(`${keyOf(index)}-watched`, podJson(index, 0)));
  const written = performance.now();
  await done.promise;
  lagMs = performance.now() - written;
  abort.abort();
  return { rate: (received / (performance.now() - started)) * 1000, lagMs };
}

const count = Number(process.argv[2] ?? 10_000);
await using etcd = await startEtcd();
await using storage = await openStorage({ endpoints: [etcd.endpoint] });
const store = storage.store(spec);
await storage.ready();
const round = (value: number): number => Math.round(value);

console.log("create/s, 32 in flight:", round(await rate(count, 32, (i) => store.create(keyOf(i), podJson(i, 0)))));
const reads = 40_000;
const get = (i: number): Promise<unknown> => store.get(keyOf(i % count), { kind: "latest" });
await rate(reads, 64, get);
console.log("get/s latest, 64 in flight:", round(await rate(reads, 64, get)));
for (let pass = 0; pass < 3; pass += 1) {
  const started = performance.now();
  const page = await store.list({ prefix: spec.prefix, at: { kind: "any" } });
  let bytes = 0;
  for (const item of page.items) bytes += item.bytes.length;
  console.log(`list of ${page.items.length} (${bytes} bytes): ${(performance.now() - started).toFixed(2)} ms`);
}
const fan = await fanOut(store, 100, 5_000);
console.log(
  `fan-out events/s, 100 watchers: ${round(fan.rate)}, last event ${fan.lagMs.toFixed(1)} ms after the last write`,
);

globalThis.gc?.();
const { rss, heapUsed, arrayBuffers } = process.memoryUsage();
const mb = (bytes: number): number => round(bytes / 1024 / 1024);
console.log(`memory MB: rss ${mb(rss)}, heap ${mb(heapUsed)}, buffers ${mb(arrayBuffers)}`);
