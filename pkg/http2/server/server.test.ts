/** Requests and answers: Node's own HTTP/2 as the client where it can say what is needed, raw frames where it cannot. */
import assert from "node:assert/strict";
import { once } from "node:events";
import {
  type ClientHttp2Session,
  type ClientHttp2Stream,
  connect,
  constants,
  type IncomingHttpHeaders,
} from "node:http2";
import { after, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { buildFrame, flag, frameType, resetStream, setting, settingsFrame, windowUpdate } from "../frames.ts";
import type { ServerStream } from "./index.ts";
import { bodyStream } from "./index.ts";
import { RawClient, requestHeaders, startServer, type TestServer } from "./testing/raw-client.ts";

const handlers = new Map<string, (stream: ServerStream) => void>();
const server: TestServer = await startServer((stream) => handlers.get(stream.head.path)?.(stream), 500);
after(() => server[Symbol.asyncDispose]());

function connectNode(): ClientHttp2Session {
  const session = connect(`http://127.0.0.1:${server.port}`, { maxSessionMemory: 1_000 });
  session.on("error", () => {});
  return session;
}

async function answer(stream: ClientHttp2Stream): Promise<{ headers: IncomingHttpHeaders; body: Buffer }> {
  const head = once(stream, "response") as Promise<[IncomingHttpHeaders]>;
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk as Buffer);
  return { headers: (await head)[0], body: Buffer.concat(chunks) };
}

function readAll(stream: ServerStream, onBody: (body: Buffer) => void): void {
  const chunks: Buffer[] = [];
  stream.readBody({
    data(bytes) {
      stream.consumed(bytes.length);
      chunks.push(bytes);
    },
    end: () => onBody(Buffer.concat(chunks)),
    cut: () => {},
  });
}

/** The same bytes for the same size. */
const bytesOf = (size: number): Buffer => Buffer.alloc(size, `bytes of a body of ${size}\n`);

handlers.set("/echo", (stream) => readAll(stream, (body) => stream.respond(200, { "x-size": body.length }, body)));
handlers.set("/piped", (stream) => {
  stream.respond(200, {});
  const source = bodyStream(stream);
  source.on("data", (chunk: Buffer) => {
    if (stream.write(chunk)) return;
    source.pause();
    stream.onDrain(() => source.resume());
  });
  source.on("end", () => stream.end());
});
handlers.set("/fields", (stream) => {
  stream.respond(200, {}, Buffer.from(JSON.stringify([stream.head.authority, ...stream.head.fields])));
});
for (const status of [204, 304])
  handlers.set(`/${status}`, (stream) => stream.respond(status, { etag: "x" }, bytesOf(9)));
handlers.set("/wide", (stream) => {
  stream.respond(200, { "x-wide": Array.from({ length: 8 }, (_, i) => String(i).repeat(5_000)) }, Buffer.from("body"));
});

for (const path of ["/echo", "/piped"]) {
  test(`${path}: bodies of every size, many at a time`, async () => {
    const session = connectNode();
    const sizes = [0, 1, 100, 16_383, 16_384, 16_385, 65_536, 300_000, 3_000_000];
    const one = async (size: number) => {
      const stream = session.request({ ":method": "POST", ":path": path });
      stream.end(bytesOf(size));
      const { headers, body } = await answer(stream);
      assert.equal(headers[":status"], 200);
      assert.ok(body.equals(bytesOf(size)), `${size} bytes`);
    };
    await Promise.all(Array.from({ length: 8 }, () => sizes.map(one)).flat());
    // Forty megabytes went through one connection: its window was given back.
    session.destroy();
  });
}

test("headers arrive as sent, and those said before as well", async () => {
  const session = connectNode();
  for (let i = 0; i < 3; i += 1) {
    const fields = {
      "x-first": "one",
      accept: "application/json",
      "x-latin": "gr\u00fcn",
      "x-list": ["a", "b"],
      "x-turn": `${i}`,
    };
    const { body } = await answer(session.request({ ":path": "/fields", ":authority": "some.where", ...fields }));
    const list = ["x-first", "one", "accept", "application/json", "x-latin", "gr\u00fcn", "x-list", "a", "x-list", "b"];
    assert.deepEqual(JSON.parse(body.toString()), ["some.where", ...list, "x-turn", `${i}`]);
  }
  session.destroy();
});

test("answers without a body", async () => {
  const session = connectNode();
  const head = await answer(session.request({ ":method": "HEAD", ":path": "/echo" }));
  assert.deepEqual([head.headers[":status"], head.body.length], [200, 0]);
  for (const status of [204, 304]) {
    const { headers, body } = await answer(session.request({ ":path": `/${status}` }));
    assert.deepEqual([headers[":status"], headers.etag, body.length], [status, "x", 0]);
  }
  session.destroy();
});

test("headers of an answer that need several frames", async () => {
  const session = connectNode();
  const { headers, body } = await answer(session.request({ ":path": "/wide" }));
  assert.equal(headers["x-wide"]?.length, 8 * 5_000 + 7 * 2);
  assert.equal(body.toString(), "body");
  session.destroy();
});

test("a client's small windows are kept, and it may take some back", async () => {
  handlers.set("/large", (stream) => stream.respond(200, {}, bytesOf(100_000)));
  using client = await RawClient.connect(server.port);
  const window = (bytes: number) => settingsFrame([[setting.initialWindowSize, bytes]]);
  client.send(
    window(1_000),
    buildFrame({ type: frameType.headers, flags: 5, stream: 1 }, requestHeaders([], "/large")),
  );
  await client.frame(({ type }) => type === frameType.data);
  await sleep(20);
  assert.equal(client.body(1).length, 1_000);
  client.send(window(200), windowUpdate(1, 500));
  await sleep(20);
  assert.equal(client.body(1).length, 1_000, "800 were taken back, 500 were given");
  client.send(windowUpdate(1, 400));
  await sleep(20);
  assert.equal(client.body(1).length, 1_100);
  client.send(windowUpdate(1, 200_000));
  await sleep(20);
  assert.equal(client.body(1).length, 65_535, "the connection's window");
  client.send(windowUpdate(0, 200_000));
  await client.end(1);
  assert.ok(client.body(1).equals(bytesOf(100_000)));
});

test("streams take turns: a small answer does not wait for a large one", async () => {
  handlers.set("/huge", (stream) => stream.respond(200, {}, bytesOf(8_000_000)));
  handlers.set("/small", (stream) => stream.respond(200, {}, Buffer.from("small")));
  const session = connectNode();
  await once(session, "connect");
  session.setLocalWindowSize(2 ** 30);
  await new Promise((resolve) => session.settings({ initialWindowSize: 2 ** 30 }, resolve));
  const huge = session.request({ ":path": "/huge" });
  let received = 0;
  huge.on("data", (chunk: Buffer) => {
    received += chunk.length;
  });
  await once(huge, "data");
  const { body } = await answer(session.request({ ":path": "/small" }));
  assert.equal(body.toString(), "small");
  assert.ok(received < 8_000_000, "the large one was not over");
  await once(huge, "end");
  assert.equal(received, 8_000_000);
  session.destroy();
});

test("a slow client makes the writer wait, and drained writers go on", async () => {
  let written = 0;
  let waits = 0;
  const chunk = bytesOf(50_000);
  handlers.set("/slow", (stream) => {
    stream.respond(200, {});
    const more = () => {
      while (written < 20_000_000) {
        written += chunk.length;
        if (stream.write(chunk)) continue;
        waits += 1;
        stream.onDrain(more);
        return;
      }
      stream.end();
    };
    more();
  });
  const session = connectNode();
  const stream = session.request({ ":path": "/slow" });
  await once(stream, "response");
  await sleep(50);
  assert.ok(written < 2_000_000, `${written} bytes for a client that reads nothing`);
  let received = 0;
  for await (const piece of stream) received += (piece as Buffer).length;
  assert.equal(received, 20_000_000);
  assert.ok(waits > 10);
  session.destroy();
});

test("an answer before the whole body: the rest is not wanted, and takes nothing from other streams", async () => {
  handlers.set("/refuse", (stream) => stream.respond(413, {}, Buffer.from("too much")));
  using client = await RawClient.connect(server.port);
  const post = (stream: number, path: string) =>
    buildFrame({ type: frameType.headers, flags: flag.endHeaders, stream }, requestHeaders([], path));
  for (let stream = 1; stream < 60; stream += 2) {
    client.send(post(stream, "/refuse"));
    for (let i = 0; i < 60; i += 1)
      client.send(buildFrame({ type: frameType.data, flags: 0, stream }, Buffer.alloc(16_384)));
  }
  await client.frame(({ type, stream }) => type === frameType.resetStream && stream === 59);
  assert.equal(client.body(1).toString(), "too much");
  assert.equal(await client.failure(), "reset 0");
  // 29 MB: more than the connection's window, had it not been given back.
  client.send(post(61, "/echo"), buildFrame({ type: frameType.data, flags: 1, stream: 61 }, bytesOf(5_000)));
  await client.end(61);
  assert.ok(client.body(61).equals(bytesOf(5_000)));
});

test("a client that waits to be asked for the body is asked", async () => {
  const session = connectNode();
  const stream = session.request({ ":method": "POST", ":path": "/echo", expect: "100-continue" });
  await once(stream, "continue");
  stream.end("body");
  assert.equal((await answer(stream)).body.toString(), "body");
  session.destroy();
});

test("whoever waits hears that the client has gone", async () => {
  const heard: string[] = [];
  handlers.set("/left", (stream) => {
    stream.onClose(() => heard.push(`closed ${stream.id}`));
    stream.readBody({ data: () => {}, end: () => {}, cut: () => heard.push(`cut ${stream.id}`) });
  });
  const client = await RawClient.connect(server.port);
  for (const stream of [1, 3]) {
    client.send(buildFrame({ type: frameType.headers, flags: flag.endHeaders, stream }, requestHeaders([], "/left")));
  }
  client.send(resetStream(1, constants.NGHTTP2_CANCEL));
  const done = async (count: number) => {
    for (let i = 0; i < 200 && heard.length < count; i += 1) await sleep(5);
  };
  await done(2);
  assert.deepEqual(heard, ["cut 1", "closed 1"]);
  client[Symbol.dispose]();
  await done(4);
  assert.deepEqual(heard.slice(2), ["cut 3", "closed 3"]);
});

test("a connection that is drained answers what it has, refuses what comes, and ends", async () => {
  let finish = () => {};
  handlers.set("/last", (stream) => {
    stream.respond(200, {});
    finish = () => stream.end(Buffer.from("last words"));
  });
  const ended = server.closed;
  using client = await RawClient.connect(server.port);
  const get = (stream: number) =>
    buildFrame({ type: frameType.headers, flags: 5, stream }, requestHeaders([], "/last"));
  client.send(get(1));
  await client.frame(({ type }) => type === frameType.headers);
  server.connections.at(-1)?.drain();
  client.send(get(3));
  const farewell = await client.frame(({ type }) => type === frameType.goAway);
  assert.deepEqual([farewell?.payload.readUInt32BE(0), farewell?.payload.readUInt32BE(4)], [1, 0]);
  finish();
  await client.end(1);
  assert.equal(client.body(1).toString(), "last words");
  await client.frame(() => false);
  assert.equal(client.answers.has(3), false);
  for (let i = 0; i < 200 && server.closed === ended; i += 1) await sleep(5);
  assert.equal(server.closed, ended + 1);
});

test("a writer's reset ends the stream, and nothing after it goes out", async () => {
  handlers.set("/broken", (stream) => {
    stream.respond(200, {});
    stream.write(Buffer.from("half"));
    setImmediate(() =>
      setImmediate(() => {
        stream.reset();
        assert.equal(stream.write(Buffer.from("more")), false);
      }),
    );
  });
  using client = await RawClient.connect(server.port);
  client.send(buildFrame({ type: frameType.headers, flags: 5, stream: 1 }, requestHeaders([], "/broken")));
  assert.equal(await client.failure(), "reset 2");
  assert.equal(client.body(1).toString(), "half");
});

test("a fault of a handler ends its connection, is told, and leaves other connections alone", async () => {
  handlers.set("/fault", () => {
    throw new TypeError("nothing of the client's");
  });
  using other = await RawClient.connect(server.port);
  using client = await RawClient.connect(server.port);
  client.send(buildFrame({ type: frameType.headers, flags: 5, stream: 1 }, requestHeaders([], "/fault")));
  assert.equal(await client.failure(), "goaway 2");
  assert.match(String(server.faults.splice(0)), /nothing of the client's/);
  other.send(buildFrame({ type: frameType.headers, flags: 5, stream: 1 }, requestHeaders([], "/small")));
  await other.end(1);
  assert.equal(other.body(1).toString(), "small");
});
