/** What a client may not send (RFC 9113), frame by frame, and what it gets for it. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import {
  buildFrame,
  flag,
  frameType,
  ping,
  preface,
  resetStream,
  setting,
  settingsFrame,
  windowUpdate,
} from "../frames.ts";
import { RawClient, requestHeaders, startServer, type TestServer } from "./testing/raw-client.ts";

let server: TestServer;

before(async () => {
  server = await startServer((stream) => {
    const { path } = stream.head;
    if (path === "/never") return;
    const reader = { data: () => {}, end: () => stream.respond(200, {}, Buffer.from("done")), cut: () => {} };
    stream.readBody(reader);
  });
});
after(() => server[Symbol.asyncDispose]());

const none = Buffer.alloc(0);
const { endHeaders, endStream } = flag;
const frame = (type: number, flags: number, stream: number, payload: Buffer = none): Buffer =>
  buildFrame({ type, flags, stream }, payload);
const headers = (stream: number, flags: number, block: Buffer = requestHeaders()): Buffer =>
  frame(frameType.headers, flags, stream, block);
const whole = (stream: number, fields: [string, string][] = []): Buffer =>
  headers(stream, endHeaders | endStream, requestHeaders(fields));
const open = (stream: number, fields: [string, string][] = []): Buffer =>
  headers(stream, endHeaders, requestHeaders(fields));
const data = (stream: number, payload: Buffer, flags = 0): Buffer => frame(frameType.data, flags, stream, payload);
const settings = (id: number, value: number): Buffer => settingsFrame([[id, value]]);
const word = (value: number): Buffer => Buffer.from([value >>> 24, value >>> 16, value >>> 8, value]);
const block = (fields: [string, string][]): Buffer => {
  const from = requestHeaders(fields);
  // Without the four pseudo-headers that every block of these tests begins with.
  return from.subarray(requestHeaders().length);
};
const waiting = headers(1, endHeaders | endStream, requestHeaders([], "/never"));
const upTo = (count: number): number[] => [...Array(count).keys()];

const rows: [name: string, frames: Buffer[], failure: string][] = [
  // Frames
  ["a frame larger than allowed", [data(1, Buffer.alloc(16_385))], "goaway 6"],
  ["data of no stream", [data(0, none)], "goaway 1"],
  ["data before headers", [data(1, none)], "goaway 1"],
  ["data behind the end", [waiting, data(1, none)], "reset 5"],
  ["padding longer than its frame", [open(1), data(1, Buffer.from([5, 1, 2]), flag.padded)], "goaway 1"],
  ["headers of no stream", [headers(0, endHeaders)], "goaway 1"],
  ["headers of the server's stream", [whole(2)], "goaway 1"],
  ["headers of a stream before the last", [whole(5), whole(3)], "goaway 1"],
  ["headers behind the end", [waiting, whole(1)], "reset 5"],
  ["headers shorter than their padding", [headers(1, endHeaders | flag.padded, Buffer.from([9]))], "goaway 1"],
  ["headers shorter than their priority", [headers(1, endHeaders | flag.priority, word(0))], "goaway 6"],
  ["a block that cannot be decoded", [headers(1, endHeaders, Buffer.from([0x80]))], "goaway 9"],
  ["another frame between headers", [headers(1, 0), ping(Buffer.alloc(8), false)], "goaway 1"],
  ["an unknown frame between headers", [headers(1, 0), frame(0x16, 0, 0)], "goaway 1"],
  ["another stream's continuation", [headers(1, 0), frame(frameType.continuation, endHeaders, 3)], "goaway 1"],
  ["a continuation of nothing", [frame(frameType.continuation, endHeaders, 1)], "goaway 1"],
  [
    "continuations without end",
    [headers(1, 0), ...upTo(300).map(() => frame(frameType.continuation, 0, 1))],
    "goaway 11",
  ],
  ["a stream that depends on itself", [frame(frameType.priority, 0, 1, Buffer.from([0, 0, 0, 1, 0]))], "reset 1"],
  ["a priority of a wrong size", [frame(frameType.priority, 0, 1, word(0))], "reset 6"],
  ["a priority of no stream", [frame(frameType.priority, 0, 0, Buffer.alloc(5))], "goaway 1"],
  ["a reset of no stream", [resetStream(0, 8)], "goaway 1"],
  ["a reset of a stream that never was", [resetStream(7, 8)], "goaway 1"],
  ["a reset of a wrong size", [waiting, frame(frameType.resetStream, 0, 1)], "goaway 6"],
  ["settings of a stream", [frame(frameType.settings, 0, 1)], "goaway 1"],
  ["settings of a wrong size", [frame(frameType.settings, 0, 0, Buffer.alloc(5))], "goaway 6"],
  ["an acknowledgement that says something", [frame(frameType.settings, flag.ack, 0, Buffer.alloc(6))], "goaway 6"],
  ["push neither on nor off", [settings(setting.enablePush, 2)], "goaway 1"],
  ["a window too large", [settings(setting.initialWindowSize, 2 ** 31)], "goaway 3"],
  ["a frame size too small", [settings(setting.frameSizeMax, 16_383)], "goaway 1"],
  ["a frame size too large", [settings(setting.frameSizeMax, 2 ** 24)], "goaway 1"],
  ["a push", [frame(frameType.pushPromise, endHeaders, 1, word(2))], "goaway 1"],
  ["a ping on a stream", [frame(frameType.ping, 0, 1, Buffer.alloc(8))], "goaway 1"],
  ["a ping of a wrong size", [frame(frameType.ping, 0, 0, Buffer.alloc(7))], "goaway 6"],
  ["a farewell on a stream", [frame(frameType.goAway, 0, 1, Buffer.alloc(8))], "goaway 1"],
  ["a window update of a wrong size", [frame(frameType.windowUpdate, 0, 0, Buffer.alloc(3))], "goaway 6"],
  ["a window update of nothing", [windowUpdate(0, 0)], "goaway 1"],
  ["a stream's window update of nothing", [waiting, windowUpdate(1, 0)], "reset 1"],
  ["a window beyond the largest", [windowUpdate(0, 2 ** 31 - 1)], "goaway 3"],
  ["a stream's window beyond the largest", [waiting, windowUpdate(1, 2 ** 31 - 1)], "reset 3"],
  [
    "a setting that takes a window beyond the largest",
    [waiting, windowUpdate(1, 2 ** 31 - 1 - 65_535), settings(setting.initialWindowSize, 65_536)],
    "goaway 3",
  ],
  ["a window of a stream that never was", [windowUpdate(9, 1)], "goaway 1"],
  // Requests
  ["an unknown pseudo-header", [whole(1, [[":other", "x"]])], "reset 1"],
  ["a response's pseudo-header", [whole(1, [[":status", "200"]])], "reset 1"],
  ["a pseudo-header twice", [whole(1, [[":path", "/"]])], "reset 1"],
  ["a pseudo-header behind fields", [headers(1, 5, Buffer.concat([block([["a", "b"]]), requestHeaders()]))], "reset 1"],
  ["no path", [headers(1, 5, Buffer.from([0x82, 0x87]))], "reset 1"],
  ["no method", [headers(1, 5, Buffer.from([0x84, 0x87]))], "reset 1"],
  ["no scheme", [headers(1, 5, Buffer.from([0x82, 0x84]))], "reset 1"],
  ["an upper-case name", [whole(1, [["Accept", "x"]])], "reset 1"],
  ["a name with a blank", [whole(1, [["a b", "x"]])], "reset 1"],
  ["an empty name", [whole(1, [["", "x"]])], "reset 1"],
  ["a value with a line's end", [whole(1, [["a", "x\r\ny: z"]])], "reset 1"],
  ["a value with a NUL", [whole(1, [["a", "\0"]])], "reset 1"],
  ["a field of HTTP/1.1", [whole(1, [["connection", "keep-alive"]])], "reset 1"],
  ["an encoding of HTTP/1.1", [whole(1, [["transfer-encoding", "chunked"]])], "reset 1"],
  ["te other than trailers", [whole(1, [["te", "gzip"]])], "reset 1"],
  ["a length that is no number", [open(1, [["content-length", "1e3"]])], "reset 1"],
  ["a length without a body", [whole(1, [["content-length", "3"]])], "reset 1"],
  ["a body longer than its length", [open(1, [["content-length", "3"]]), data(1, Buffer.from("four"))], "reset 1"],
  [
    "a body shorter than its length",
    [open(1, [["content-length", "5"]]), data(1, Buffer.from("four"), endStream)],
    "reset 1",
  ],
  ["trailers that are not the end", [open(1), headers(1, endHeaders, block([["a", "b"]]))], "reset 1"],
  ["trailers with a pseudo-header", [open(1), whole(1)], "reset 1"],
  [
    "more than a stream's window",
    [headers(1, endHeaders, requestHeaders([], "/never")), ...upTo(65).map(() => data(1, Buffer.alloc(16_384)))],
    "reset 3",
  ],
  // Floods
  ["pings without end", upTo(20_000).map(() => ping(Buffer.alloc(8), false)), "goaway 11"],
  ["settings without end", upTo(20_000).map(() => settingsFrame([])), "goaway 11"],
  ["empty data without end", [open(1), ...upTo(20_000).map(() => data(1, none))], "goaway 11"],
];

for (const [name, frames, failure] of rows) {
  test(name, async () => {
    using client = await RawClient.connect(server.port);
    client.send(...frames);
    assert.equal(await client.failure(), failure);
    if (failure.startsWith("reset")) {
      // The connection is as good as before.
      client.send(ping(Buffer.from("stillup!"), false));
      assert.ok(
        await client.frame(({ type, payload }) => type === frameType.ping && payload.toString() === "stillup!"),
      );
    } else await client.frame(() => false);
  });
}

test("streams that are opened and reset without end", async () => {
  using client = await RawClient.connect(server.port);
  client.send(...upTo(20_000).flatMap((i) => [open(2 * i + 1), resetStream(2 * i + 1, 8)]));
  assert.equal(await client.failure(), "goaway 11");
});

test("no preface, or another", async () => {
  for (const bytes of ["GET / HTTP/1.1\r\nHost: a\r\n\r\n", "PRI * HTTP/2.0\r\n\r\nSN"]) {
    using client = await RawClient.connect(server.port, { greets: false });
    client.send(Buffer.from(bytes));
    assert.equal(await client.failure(), "goaway 1", bytes);
  }
});

test("a preface in pieces, and no settings behind it", async () => {
  using client = await RawClient.connect(server.port, { greets: false });
  for (const byte of preface) client.send(Buffer.from([byte]));
  client.send(ping(Buffer.alloc(8), false));
  assert.equal(await client.failure(), "goaway 1");
});

test("streams beyond the bound are refused, and there is room when others end", async () => {
  using client = await RawClient.connect(server.port);
  const never = upTo(101).map((i) => headers(2 * i + 1, endHeaders | endStream, requestHeaders([], "/never")));
  client.send(...never);
  const refused = await client.frame(({ type }) => type === frameType.resetStream);
  assert.deepEqual([refused?.stream, refused?.payload.readUInt32BE(0)], [201, 7]);
  client.send(resetStream(1, 8), whole(203));
  await client.end(203);
  assert.equal(client.body(203).toString(), "done");
});

test("headers beyond the bounds are answered with 431, and the table stays in step", async () => {
  using client = await RawClient.connect(server.port);
  const long: [string, string][] = upTo(6).map((i) => [`long-${i}`, "x".repeat(12_000)]);
  const all = requestHeaders(long);
  client.send(headers(1, endStream, all.subarray(0, 16_000)));
  for (let at = 16_000; at < all.length; at += 16_000) {
    const piece = all.subarray(at, at + 16_000);
    client.send(frame(frameType.continuation, at + piece.length === all.length ? endHeaders : 0, 1, piece));
  }
  client.send(
    whole(
      3,
      upTo(201).map((i) => [`n${i}`, ""]),
    ),
    whole(5),
  );
  await client.end(5);
  const status = (stream: number) => client.answers.get(stream)?.[0]?.[1];
  assert.deepEqual([status(1), status(3), status(5)], ["431", "431", "200"]);
});
