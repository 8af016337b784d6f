/** What comes in masses: bodies without end, watches that come and go. The memory comes back. */
import assert from "node:assert/strict";
import { once } from "node:events";
import type { ClientHttp2Stream } from "node:http2";
import { after, before, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import type { TLSSocket } from "node:tls";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { BadClient } from "./bad-input/server.ts";

const maps = "/api/v1/namespaces/default/configmaps";
const megabyte = 1024 * 1024;
const watchesOpened = 10_000;
/** A server may end a connection on which too many streams are reset at once. */
const watchesPerConnection = 2_000;

setFlagsFromString("--expose-gc");
const collectGarbage = runInNewContext("gc") as () => void;

let client: BadClient;

before(async () => {
  client = await BadClient.start();
});
after(() => client?.[Symbol.asyncDispose]());

/** Bytes that live, buffers outside of the heap too, in this process, which is the server's. */
async function livingBytes(): Promise<number> {
  // What is over is let go of in turns of the event loop.
  for (let i = 0; i < 5; i += 1) {
    await sleep(50);
    collectGarbage();
  }
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}

const inMegabytes = (bytes: number): string => `${(bytes / megabyte).toFixed(1)} MB`;

/** Until there is room for more, or the other side has gone. */
async function drained(stream: ClientHttp2Stream | TLSSocket): Promise<void> {
  const abort = new AbortController();
  const { signal } = abort;
  await Promise.race([once(stream, "drain", { signal }), once(stream, "close", { signal })]).catch(() => {});
  abort.abort();
}

/** Sends until the server has answered and closed, or everything is sent. Returns how much was. */
async function pour(stream: ClientHttp2Stream, bytes: number): Promise<number> {
  const chunk = Buffer.alloc(megabyte, "x");
  let sent = 0;
  for (; sent < bytes && !stream.closed && !stream.destroyed; sent += chunk.length) {
    if (!stream.write(chunk)) await drained(stream);
  }
  stream.end();
  return sent;
}

test("bodies of a hundred megabytes are refused, and leave nothing behind", async () => {
  const before = await livingBytes();
  let most = 0;
  const gauge = setInterval(() => {
    const { heapUsed, arrayBuffers } = process.memoryUsage();
    most = Math.max(most, heapUsed + arrayBuffers - before);
  }, 5);
  for (let i = 0; i < 3; i += 1) {
    const stream = client.open({ method: "POST", path: maps, headers: { "content-type": "application/json" } });
    stream.on("error", () => {});
    const answered = once(stream, "response") as Promise<[Record<string, unknown>]>;
    stream.resume();
    await pour(stream, 100 * megabyte);
    assert.equal((await answered)[0][":status"], 413);
    if (!stream.closed) await once(stream, "close");
  }
  const head = `POST ${maps} HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: ${100 * megabyte}\r\n\r\n`;
  const socket = await client.socket();
  socket.on("error", () => {});
  socket.write(head);
  const [first] = (await Promise.race([
    once(socket, "data"),
    (async () => {
      for (let i = 0; i < 100 && socket.writable; i += 1) {
        if (!socket.write(Buffer.alloc(megabyte, "x"))) await drained(socket);
      }
      return once(socket, "data");
    })(),
  ])) as [Buffer];
  assert.match(first.toString("latin1"), /^HTTP\/1\.1 413/);
  socket.destroy();
  clearInterval(gauge);
  // What nobody holds counts until it is collected, on a busy machine later; all of them would be four hundred.
  assert.ok(most < 150 * megabyte, `at most ${inMegabytes(most)} more were held meanwhile`);
  const left = (await livingBytes()) - before;
  assert.ok(left < 8 * megabyte, `${inMegabytes(left)} were left`);
});

/** Opens a watch, waits for its beginning, and cuts it. */
async function glimpse(i: number): Promise<void> {
  const kinds = [
    "watch=1",
    "watch=1&resourceVersion=0",
    "watch=1&sendInitialEvents=true&resourceVersionMatch=NotOlderThan",
    "watch=1&labelSelector=a%3Db",
    `watch=1&fieldSelector=metadata.name%3Dm${i}`,
  ];
  const stream = client.open({ method: "GET", path: `${maps}?${kinds[i % kinds.length]}&allowWatchBookmarks=true` });
  stream.on("error", () => {});
  const [headers] = (await once(stream, "response")) as [Record<string, unknown>];
  assert.equal(headers[":status"], 200);
  stream.destroy();
}

async function glimpses(count: number): Promise<void> {
  let next = 0;
  const worker = async (): Promise<void> => {
    for (let i = next++; i < count; i = next++) await glimpse(i);
  };
  await Promise.all(Array.from({ length: 20 }, worker));
}

test("ten thousand watches that were opened and cut leave nothing behind", { timeout: 120_000 }, async () => {
  for (let i = 0; i < 20; i += 1)
    await client.json("POST", maps, { metadata: { name: `m${i}` }, data: { a: "x".repeat(1_000) } });
  await glimpses(500);
  const before = await livingBytes();
  for (let opened = 0; opened < watchesOpened; opened += watchesPerConnection) {
    await glimpses(watchesPerConnection);
    client.hangUp();
  }
  const left = (await livingBytes()) - before;
  assert.ok(left < 6 * megabyte, `${inMegabytes(left)} were left, ${Math.round(left / watchesOpened)} bytes a watch`);
  assert.equal((await client.ask({ method: "GET", path: "/readyz" })).status, 200);
});
