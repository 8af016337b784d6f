/** Reading container logs: what a file holds, what is asked for, and which run is meant. */
import assert from "node:assert/strict";
import { appendFile, mkdtemp, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import type { PodStatus } from "#api/types/core/v1";
import { subresourcesOf } from "./authorize.ts";
import { Exits } from "./exits.ts";
import { HttpError } from "./host.ts";
import { parseLogOptions } from "./log-options.ts";
import { readLog } from "./log-reader.ts";
import { loggedRun } from "./log-source.ts";

const now = Date.parse("2026-01-01T00:01:00Z");
const log = [
  "2026-01-01T00:00:00.000000001Z stdout F one",
  "2026-01-01T00:00:10.5Z stderr F two",
  "2026-01-01T00:00:20Z stdout P thr",
  "2026-01-01T00:00:20Z stdout F ee",
  "2026-01-01T00:00:50Z stdout F ",
  "",
].join("\n");

async function withFile(use: (path: string) => Promise<void>): Promise<void> {
  const directory = await mkdtemp(join(tmpdir(), "kubets-log-"));
  try {
    const path = join(directory, "0.log");
    await writeFile(path, log);
    await use(path);
  } finally {
    await rm(directory, { recursive: true });
  }
}

const rows: { name: string; query: string; expected: string }[] = [
  { name: "all", query: "", expected: "one\ntwo\nthree\n\n" },
  { name: "the last line", query: "tailLines=1", expected: "\n" },
  { name: "the last two lines", query: "tailLines=2", expected: "ee\n\n" },
  { name: "more lines than there are", query: "tailLines=99", expected: "one\ntwo\nthree\n\n" },
  { name: "no line", query: "tailLines=0", expected: "" },
  { name: "since seconds ago", query: "sinceSeconds=45", expected: "three\n\n" },
  { name: "since a time", query: "sinceTime=2026-01-01T00:00:50Z", expected: "\n" },
  { name: "one stream", query: "stream=Stderr", expected: "two\n" },
  { name: "some bytes", query: "limitBytes=6", expected: "one\ntw" },
  {
    name: "with times, one for a line in parts",
    query: "timestamps=true&sinceSeconds=45",
    expected: "2026-01-01T00:00:20Z three\n2026-01-01T00:00:50Z \n",
  },
];
for (const { name, query, expected } of rows) {
  test(`a log: ${name}`, () =>
    withFile(async (path) => {
      const parts: Buffer[] = [];
      await readLog({
        path,
        options: parseLogOptions(new URLSearchParams(query), now),
        signal: AbortSignal.timeout(5000),
        write: async (chunk) => void parts.push(chunk),
        isRunning: async () => false,
        onExit: () => ({ [Symbol.dispose]: () => undefined }),
      });
      assert.equal(Buffer.concat(parts).toString(), expected);
    }));
}

test("a follower sees what is appended, goes over to the new file, and ends with the container", () =>
  withFile(async (path) => {
    const exits = new Exits();
    let running = true;
    const positioned = Promise.withResolvers<void>();
    let seen = "";
    const until = async (text: string): Promise<void> => {
      const end = Date.now() + 4000;
      while (!seen.includes(text) && Date.now() < end) await new Promise((resolve) => setTimeout(resolve, 10));
      assert.match(seen, new RegExp(text));
    };
    const reading = readLog({
      path,
      options: parseLogOptions(new URLSearchParams("follow=true&tailLines=0"), now),
      signal: AbortSignal.timeout(5000),
      write: async (chunk) => {
        seen += chunk.toString();
      },
      isRunning: async () => {
        positioned.resolve();
        return running;
      },
      onExit: (callback) => exits.on("id", callback),
    });
    await positioned.promise;
    await appendFile(path, "2026-01-01T00:01:00Z stdout F fo");
    await appendFile(path, "ur\n");
    await until("four");
    await rename(path, `${path}.20260101-000100`);
    await writeFile(path, "2026-01-01T00:01:01Z stdout F five\n");
    await until("five");
    await appendFile(path, "2026-01-01T00:01:02Z stdout F six\n");
    running = false;
    exits.tell("id");
    await reading;
    assert.equal(seen, "four\nfive\nsix\n");
  }));

for (const [query, status] of [
  ["tailLines=-1", 422],
  ["tailLines=x", 400],
  ["limitBytes=0", 422],
  ["sinceTime=yesterday", 400],
  ["sinceSeconds=1&sinceTime=2026-01-01T00:00:00Z", 422],
  ["stream=Both", 422],
  ["stream=Stdout&tailLines=1", 422],
] as const) {
  test(`log options refused: ${query}`, () =>
    assert.throws(
      () => parseLogOptions(new URLSearchParams(query), now),
      (error: unknown) => error instanceof HttpError && error.status === status,
    ));
}

const ended = (containerID: string) => ({ terminated: { exitCode: 1, containerID } });
const statusWith = (state: object, lastState: object = {}): PodStatus =>
  ({
    containerStatuses: [
      {
        name: "c",
        image: "i",
        imageID: "",
        ready: false,
        restartCount: 0,
        state,
        lastState,
        containerID: "containerd://now",
      },
    ],
  }) as PodStatus;
const runs: { name: string; status: PodStatus; previous?: boolean; id?: string; error?: string }[] = [
  { name: "running", status: statusWith({ running: {} }), id: "now" },
  { name: "ended", status: statusWith(ended("containerd://a")), id: "a" },
  { name: "waiting after a crash", status: statusWith({ waiting: {} }, ended("containerd://b")), id: "b" },
  { name: "previous", status: statusWith({ running: {} }, ended("containerd://b")), previous: true, id: "b" },
  {
    name: "no previous",
    status: statusWith({ running: {} }),
    previous: true,
    error: 'previous terminated container "c" in pod "p" not found',
  },
  {
    name: "being created",
    status: statusWith({ waiting: { reason: "ContainerCreating" } }),
    error: 'container "c" in pod "p" is waiting to start: ContainerCreating',
  },
  {
    name: "without an image",
    status: statusWith({ waiting: { reason: "ErrImagePull" } }),
    error: 'container "c" in pod "p" is waiting to start: image can\'t be pulled',
  },
  { name: "unknown", status: {}, error: 'container "c" in pod "p" is not available' },
];
for (const { name, status, previous = false, id, error } of runs) {
  test(`the run whose log is meant: ${name}`, () => {
    const ask = () => loggedRun(status, { podName: "p", container: "c", previous });
    if (error === undefined) assert.equal(ask(), id);
    else assert.throws(ask, { message: error, status: 400 });
  });
}

for (const [path, expected] of [
  ["/pods", ["pods", "proxy"]],
  ["/metrics/resource", ["metrics"]],
  ["/stats/summary", ["stats"]],
  ["/containerLogs/a/b/c", ["proxy"]],
  ["/podsx", ["proxy"]],
  ["/healthz/ping", ["healthz", "proxy"]],
] as const) {
  test(`authorization of ${path}`, () => assert.deepEqual(subresourcesOf(path), expected));
}
