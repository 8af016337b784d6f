/** Calls beside another implementation of the protocol: Node's HTTP/2 server plays gRPC's other end. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, type Http2Server, type ServerHttp2Session, type ServerHttp2Stream } from "node:http2";
import type { AddressInfo } from "node:net";
import { test } from "node:test";
import { Channel } from "./channel.ts";
import { RpcError, rpcCode } from "./status.ts";

type Answer = (stream: ServerHttp2Stream, body: Buffer) => void;

const options = { timeoutMs: 5_000 };

function framed(message: Buffer): Buffer {
  const head = Buffer.alloc(5);
  head.writeUInt32BE(message.length, 1);
  return Buffer.concat([head, message]);
}

function begin(stream: ServerHttp2Stream, trailers: Record<string, string>): void {
  stream.respond({ ":status": 200, "content-type": "application/grpc" }, { waitForTrailers: true });
  stream.on("wantTrailers", () => stream.sendTrailers(trailers));
}

/** Answers with the request's message, and the path in a trailer's text. */
const echo: Answer = (stream, body) => {
  begin(stream, { "grpc-status": "0", "x-note": "ä is not ASCII: %C3%A4" });
  stream.end(framed(body.subarray(5)));
};

interface TestServer extends AsyncDisposable {
  readonly channel: Channel;
  readonly server: Http2Server;
  readonly sessions: ServerHttp2Session[];
}

async function serve(answer: Answer, settings: { maxConcurrentStreams?: number } = {}): Promise<TestServer> {
  const sessions: ServerHttp2Session[] = [];
  const server = createServer({ settings });
  server.on("session", (session) => sessions.push(session));
  server.on("sessionError", () => {});
  server.on("stream", async (stream: ServerHttp2Stream) => {
    stream.on("error", () => {});
    const parts: Buffer[] = [];
    for await (const part of stream) parts.push(part as Buffer);
    answer(stream, Buffer.concat(parts));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const channel = new Channel({ address: { host: "127.0.0.1", port: (server.address() as AddressInfo).port } });
  return {
    channel,
    server,
    sessions,
    async [Symbol.asyncDispose]() {
      channel.close();
      for (const session of sessions) session.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

const failsWith = (code: number, text?: RegExp, unsent?: boolean) => (error: unknown) => {
  assert.ok(error instanceof RpcError, String(error));
  assert.equal(error.code, code, error.message);
  if (text) assert.match(error.message, text);
  if (unsent !== undefined) assert.equal(error.unsent, unsent);
  return true;
};

test("messages of every size come back, many at a time", async () => {
  await using server = await serve(echo);
  const sizes = [0, 1, 100, 16_379, 16_380, 65_535, 65_536, 1_500_000, 6_000_000];
  const bodies = sizes.map((size) => Buffer.alloc(size, `${size}`));
  const answers = await Promise.all(bodies.map((body) => server.channel.unary("/a/B", body, options)));
  for (const [i, answer] of answers.entries()) assert.ok(answer.equals(bodies[i] as Buffer), `${sizes[i]} bytes`);
  const many = Array.from({ length: 2_000 }, (_, i) => Buffer.from(`message ${i}`));
  const back = await Promise.all(many.map((body) => server.channel.unary("/a/B", body, options)));
  assert.deepEqual(back.map(String), many.map(String));
  assert.equal(server.sessions.length, 1, "one connection");
});

test("a server's bound on streams is kept", async () => {
  let now = 0;
  let most = 0;
  await using server = await serve(
    (stream, body) => {
      now += 1;
      most = Math.max(most, now);
      setTimeout(() => {
        now -= 1;
        echo(stream, body);
      }, 2);
    },
    { maxConcurrentStreams: 3 },
  );
  await server.channel.unary("/a/B", Buffer.from("settings are known after this"), options);
  const calls = Array.from({ length: 30 }, (_, i) => server.channel.unary("/a/B", Buffer.from(`${i}`), options));
  assert.deepEqual(
    (await Promise.all(calls)).map(String),
    Array.from({ length: 30 }, (_, i) => `${i}`),
  );
  assert.ok(most <= 3, `${most} at a time`);
});

test("refusals carry their code and text", async () => {
  await using server = await serve((stream) => {
    stream.respond(
      { ":status": 200, "grpc-status": "14", "grpc-message": "etcdserver: %C3%A4%20leader" },
      { endStream: true },
    );
  });
  await assert.rejects(
    server.channel.unary("/a/B", Buffer.from("x"), options),
    failsWith(14, /^etcdserver: ä leader$/),
  );
});

test("an answer of something that is no gRPC server", async () => {
  const rows: [status: number, code: number][] = [
    [404, rpcCode.unimplemented],
    [503, rpcCode.unavailable],
    [418, rpcCode.unknown],
  ];
  for (const [status, code] of rows) {
    await using server = await serve((stream) => stream.respond({ ":status": status }, { endStream: true }));
    await assert.rejects(server.channel.unary("/a/B", Buffer.from("x"), options), failsWith(code));
  }
});

test("no answer in time; a caller that gives up", async () => {
  await using server = await serve(() => {});
  const slow = server.channel.unary("/a/B", Buffer.from("x"), { timeoutMs: 30 });
  await assert.rejects(slow, failsWith(rpcCode.deadlineExceeded));
  const abort = new AbortController();
  const given = server.channel.unary("/a/B", Buffer.from("x"), { ...options, signal: abort.signal });
  setTimeout(() => abort.abort(new Error("enough")), 10);
  await assert.rejects(given, /enough/);
});

test("a connection that breaks fails its calls, and the next call connects again", async () => {
  let breaks = true;
  await using server = await serve((stream, body) => {
    if (breaks) stream.session?.destroy();
    else echo(stream, body);
  });
  await assert.rejects(
    server.channel.unary("/a/B", Buffer.from("x"), options),
    failsWith(rpcCode.unavailable, /lost/, false),
  );
  breaks = false;
  assert.equal(String(await server.channel.unary("/a/B", Buffer.from("y"), options)), "y");
  assert.equal(server.sessions.length, 2);
});

test("a server that goes away finishes what it began; the next call is another connection's", async () => {
  const held: (() => void)[] = [];
  await using server = await serve((stream, body) => {
    if (held.length === 0 && server.sessions.length === 1) held.push(() => echo(stream, body));
    else echo(stream, body);
  });
  const first = server.channel.unary("/a/B", Buffer.from("first"), options);
  while (held.length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
  server.sessions[0]?.goaway(0);
  await new Promise((resolve) => setTimeout(resolve, 20));
  assert.equal(String(await server.channel.unary("/a/B", Buffer.from("second"), options)), "second");
  held[0]?.();
  assert.equal(String(await first), "first");
  assert.equal(server.sessions.length, 2);
});

test("nobody there: the call was certainly not made", async () => {
  await using server = await serve(echo);
  const { port } = server.server.address() as AddressInfo;
  await new Promise((resolve) => server.server.close(resolve));
  const channel = new Channel({ address: { host: "127.0.0.1", port } });
  await assert.rejects(
    channel.unary("/a/B", Buffer.from("x"), options),
    failsWith(rpcCode.unavailable, /ECONNREFUSED/, true),
  );
});

test("a long stream: messages both ways, windows refilled", async () => {
  const size = 300_000;
  const count = 40;
  await using server = await serve(echo);
  server.server.removeAllListeners("stream");
  server.server.on("stream", (stream: ServerHttp2Stream) => {
    stream.on("error", () => {});
    begin(stream, { "grpc-status": "0" });
    stream.pipe(stream);
  });
  const { promise, resolve } = Promise.withResolvers<RpcError | undefined>();
  let received = 0;
  const stream = await server.channel.duplex("/a/Watch", {
    onMessage(message) {
      assert.equal(message.length, size);
      assert.ok(message.every((byte) => byte === received % 256));
      received += 1;
      if (received === count) stream.cancel(new RpcError(rpcCode.canceled, "done"));
    },
    onEnd: resolve,
  });
  for (let i = 0; i < count; i += 1) stream.send(Buffer.alloc(size, i % 256), false);
  const end = await promise;
  assert.equal(end?.message, "done");
  assert.equal(received, count);
});
