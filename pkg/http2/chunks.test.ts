import assert from "node:assert/strict";
import { once } from "node:events";
import { connect, createServer, type Socket } from "node:net";
import { test } from "node:test";
import { takeChunks } from "./chunks.ts";

/** Both ends of a connection. */
async function socketPair(): Promise<{ near: Socket; far: Socket } & AsyncDisposable> {
  const server = createServer({ allowHalfOpen: false }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const near = connect((server.address() as { port: number }).port, "127.0.0.1");
  const [far] = (await once(server, "connection")) as [Socket];
  const dispose = async (): Promise<void> => {
    near.destroy();
    far.destroy();
    server.close();
    await once(server, "close");
  };
  return { near, far, [Symbol.asyncDispose]: dispose };
}

test("all that comes is taken, in order, and the end is told", async () => {
  await using pair = await socketPair();
  const { near, far } = pair;
  const chunks: Buffer[] = [];
  let events = 0;
  const { emit } = far;
  far.emit = (name: string, ...rest: unknown[]): boolean => {
    if (name === "data") events += 1;
    return emit.call(far, name, ...rest);
  };
  takeChunks(far, (chunk) => void chunks.push(chunk));
  const ended = once(far, "end");
  let sent = "";
  for (let i = 0; i < 200; i += 1) {
    const text = `${i},`.repeat(i % 7 === 0 ? 20_000 : 1);
    sent += text;
    if (!near.write(text)) await once(near, "drain");
  }
  near.end();
  await ended;
  assert.equal(Buffer.concat(chunks).toString(), sent);
  assert.equal(events, 0, "past the stream's own queue");
  assert.equal(far.readableLength, 0);
});

test("what the stream had read before comes first", async () => {
  await using pair = await socketPair();
  const { near, far } = pair;
  near.write("before");
  await once(far, "readable");
  const chunks: Buffer[] = [];
  takeChunks(far, (chunk) => void chunks.push(chunk));
  near.end(" and after");
  await once(far, "end");
  assert.equal(Buffer.concat(chunks).toString(), "before and after");
});
