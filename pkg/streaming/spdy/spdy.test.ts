/** Two ends of a SPDY connection over a socket pair in memory. */
import assert from "node:assert/strict";
import { type Duplex, duplexPair } from "node:stream";
import { test } from "node:test";
import { deflateSync } from "node:zlib";
import { SpdyConnection } from "./connection.ts";
import { headerDictionary } from "./dictionary.ts";
import { FrameReader, windowUpdateFrame } from "./frames.ts";
import { HeaderPacker, HeaderUnpacker } from "./headers.ts";
import type { SpdyStream } from "./stream.ts";

function pair(onStream: (stream: SpdyStream) => void): { client: SpdyConnection; server: SpdyConnection } {
  const [near, far] = duplexPair() as [Duplex, Duplex];
  return {
    client: new SpdyConnection(near, { role: "client" }),
    server: new SpdyConnection(far, { role: "server", onStream }),
  };
}

async function textOf(stream: SpdyStream): Promise<string> {
  const parts: Buffer[] = [];
  for await (const part of stream) parts.push(part as Buffer);
  return Buffer.concat(parts).toString();
}

test("the dictionary is the protocol's", () => {
  // The header of a zlib stream with a preset dictionary names its checksum.
  assert.equal(deflateSync("x", { dictionary: headerDictionary }).readUInt32BE(2), 0xe3c6a7c2);
});

test("header blocks survive, one after the other", async () => {
  const packer = new HeaderPacker();
  using unpacker = new HeaderUnpacker();
  const long = "x".repeat(100_000);
  for (const headers of [
    [["streamType", "stdin"]],
    [
      ["port", "80"],
      ["long", long],
    ],
    [],
  ] as [string, string][][]) {
    const expected = new Map(headers.map(([name, value]) => [name.toLowerCase(), value]));
    assert.deepEqual(await unpacker.unpack(packer.pack(new Map(headers))), expected);
  }
});

test("a bad header block is refused", async () => {
  using unpacker = new HeaderUnpacker();
  await assert.rejects(unpacker.unpack(Buffer.from("no zlib")));
});

test("a stream carries data both ways and ends in both directions", async () => {
  const { client, server } = pair((stream) => {
    assert.equal(stream.headers.get("streamtype"), "data");
    stream.pipe(stream);
  });
  const stream = client.open(new Map([["streamType", "data"]]));
  stream.end("hello");
  assert.equal(await textOf(stream), "hello");
  await stream.accepted;
  client.close();
  await Promise.all([client.closed, server.closed]);
});

test("megabytes pass a reader that is slow", async () => {
  const { client } = pair((stream) => {
    stream.resume();
    stream.end(Buffer.alloc(3_000_000, "a"));
  });
  const stream = client.open(new Map());
  stream.end();
  let size = 0;
  for await (const part of stream) {
    size += (part as Buffer).length;
    await new Promise((resolve) => setImmediate(resolve));
  }
  assert.equal(size, 3_000_000);
  client.close();
});

test("what came whole is read to its end, though the connection is gone", async () => {
  const { client, server } = pair((stream) => stream.end(Buffer.alloc(100_000), () => server.close()));
  const stream = client.open(new Map());
  await client.closed;
  assert.equal((await textOf(stream)).length, 100_000);
});

test("the end of the connection fails what is open", async () => {
  const { client, server } = pair(() => server.close());
  const stream = client.open(new Map());
  await assert.rejects(textOf(stream), /connection was closed/);
  assert.throws(() => client.open(new Map()), /connection is closed/);
});

test("streams that nobody expects are refused", async () => {
  const [near, far] = duplexPair() as [Duplex, Duplex];
  const client = new SpdyConnection(near, { role: "client" });
  new SpdyConnection(far, { role: "server" });
  const stream = client.open(new Map());
  await assert.rejects(stream.accepted, /reset the stream \(status 3\)/);
  client.close();
});

test("a peer that grants windows is minded", async () => {
  const [near, far] = duplexPair() as [Duplex, Duplex];
  const client = new SpdyConnection(near, { role: "client" });
  const reader = new FrameReader();
  let received = 0;
  far.on("data", (chunk: Buffer) => {
    for (const frame of reader.read(chunk)) if (frame.kind === "data") received += frame.data.length;
  });
  far.write(windowUpdateFrame(0, 1000));
  await new Promise((resolve) => setImmediate(resolve));
  const stream = client.open(new Map());
  stream.write(Buffer.alloc(100_000));
  const settled = () => new Promise((resolve) => setTimeout(resolve, 20));
  await settled();
  assert.equal(received, 65_536);
  far.write(windowUpdateFrame(stream.id, 50_000));
  await settled();
  assert.equal(received, 66_536);
  far.write(windowUpdateFrame(0, 50_000));
  await settled();
  assert.equal(received, 100_000);
  client.close();
  far.destroy();
});
