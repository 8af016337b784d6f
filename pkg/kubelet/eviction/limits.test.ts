import assert from "node:assert/strict";
import { test } from "node:test";
import type { Container, Pod, Volume } from "#api/types/core/v1";
import type { FileSystemLayout } from "./filesystems.ts";
import { limitedPartsOf, limitViolation } from "./limits.ts";
import type { DiskUse, PodUse } from "./pod-use.ts";

const Mi = 1024 * 1024;
const bytes = (count: number): DiskUse => ({ bytes: count, inodes: 1 });

const limited = (name: string, limit: string): Container => ({
  name,
  resources: { limits: { "ephemeral-storage": limit } },
});
const pod = (containers: Container[], volumes: Volume[] = []): Pod =>
  ({ metadata: { name: "p", uid: "p" }, spec: { containers, volumes } }) as Pod;

interface Used {
  readonly layers?: Record<string, number>;
  readonly logs?: Record<string, number>;
  readonly volumes?: Record<string, number>;
  readonly hosts?: number;
}

const use = ({ layers = {}, logs = {}, volumes = {}, hosts = 0 }: Used): PodUse => ({
  memoryBytes: undefined,
  processes: undefined,
  containers: Object.keys({ ...layers, ...logs }).map((name) => ({
    name,
    memoryBytes: undefined,
    rootfs: bytes(layers[name] ?? 0),
    logs: bytes(logs[name] ?? 0),
  })),
  volumes: new Map(Object.entries(volumes).map(([name, count]) => [name, bytes(count)])),
  hostsFile: bytes(hosts),
});

const emptyDir = (name: string, sizeLimit?: string): Volume => ({ name, emptyDir: sizeLimit ? { sizeLimit } : {} });
const podMessage = "Pod ephemeral local storage usage exceeds the total limit of containers 3Mi. ";

const rows: readonly { name: string; pod: Pod; used: Used; layout?: FileSystemLayout; wants?: [string, string] }[] = [
  {
    name: "no limit",
    pod: pod([{ name: "c" }], [emptyDir("v")]),
    used: { layers: { c: 9 * Mi }, volumes: { v: 9 * Mi } },
  },
  {
    name: "a volume that is as large as it may be",
    pod: pod([{ name: "c" }], [emptyDir("v", "1Mi")]),
    used: { volumes: { v: Mi } },
  },
  {
    name: "a volume beyond",
    pod: pod([{ name: "c" }], [emptyDir("a"), emptyDir("v", "1024Ki")]),
    used: { volumes: { a: 9 * Mi, v: Mi + 1 } },
    wants: ["emptydirfs.limit", 'Usage of EmptyDir volume "v" exceeds the limit "1Mi". '],
  },
  { name: "a limit of zero is none", pod: pod([{ name: "c" }], [emptyDir("v", "0")]), used: { volumes: { v: Mi } } },
  {
    name: "everything of the pod counts",
    pod: pod([limited("a", "1Mi"), limited("b", "2Mi")], [emptyDir("v")]),
    used: { layers: { a: Mi / 2, b: Mi }, logs: { b: Mi / 2 }, volumes: { v: Mi }, hosts: 1 },
    wants: ["ephemeralpodfs.limit", podMessage],
  },
  {
    name: "a container beyond, the pod within",
    pod: pod([limited("a", "1Mi"), limited("b", "2Mi")]),
    used: { layers: { a: Mi }, logs: { a: 1 } },
    wants: ["ephemeralcontainerfs.limit", 'Container a exceeded its local ephemeral storage limit "1Mi". '],
  },
  {
    name: "a layer elsewhere does not count for its container",
    layout: "images",
    pod: pod([limited("a", "1Mi"), limited("b", "2Mi")]),
    used: { layers: { a: Mi }, logs: { a: 1 } },
  },
];
for (const { name, pod: of, used, layout = "shared", wants } of rows) {
  test(`limits: ${name}`, () => {
    const violation = limitViolation(of, use(used), layout);
    assert.deepEqual(violation, wants && { signal: wants[0], message: wants[1] });
  });
}

test("only what has a limit is measured", () => {
  assert.equal(limitedPartsOf(pod([{ name: "c" }], [emptyDir("v")])), undefined);
  assert.deepEqual(limitedPartsOf(pod([{ name: "c" }], [emptyDir("v", "1Mi"), emptyDir("w")])), {
    emptyDirs: ["v"],
    storage: false,
  });
  assert.deepEqual(limitedPartsOf(pod([limited("c", "1Mi")])), { emptyDirs: [], storage: true });
});
