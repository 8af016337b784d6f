/** Long answers over real connections: what others see of them, and what becomes of one that nobody reads. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, get, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { buffer } from "node:stream/consumers";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { gunzipSync } from "node:zlib";
import type { RequestContext } from "../context.ts";
import { H1Exchange } from "../http/h1-exchange.ts";
import { sendPieces } from "./pieces.ts";

const kilobyte = Buffer.alloc(1024, "x");

function work(ms: number): void {
  const end = performance.now() + ms;
  while (performance.now() < end);
}

/** So many kilobytes, each of which takes some time to make; `made` counts them. */
function* slowPieces(count: number, msEach: number, made: { count: number }): Generator<Buffer, void, void> {
  for (let at = 0; at < count; at++) {
    work(msEach);
    made.count++;
    yield kilobyte;
  }
}

interface Answering extends AsyncDisposable {
  ask(headers?: Record<string, string>): Promise<IncomingMessage>;
  /** Resolves when the answer has been sent, or given up. */
  readonly sent: Promise<void>;
}

async function answering(pieces: () => Iterable<Buffer>): Promise<Answering> {
  const { promise: sent, resolve, reject } = Promise.withResolvers<void>();
  const server = createServer((request, response) => {
    const context = { exchange: new H1Exchange(request, response), auditId: "a", warnings: [] };
    sendPieces(context as unknown as RequestContext, "text/plain", pieces()).then(resolve, reject);
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  const { port } = server.address() as AddressInfo;
  return {
    sent,
    async ask(headers = {}) {
      const [response] = (await once(get({ host: "127.0.0.1", port, headers, agent: false }), "response")) as [
        IncomingMessage,
      ];
      return response;
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((closed) => server.close(closed));
    },
  };
}

for (const [name, headers] of [
  ["plain", {}],
  ["packed", { "accept-encoding": "gzip" }],
] as const) {
  test(`others get their turns while pieces are made: ${name}`, async () => {
    await using server = await answering(() => slowPieces(300, 0.5, { count: 0 }));
    let turns = 0;
    const counting = setInterval(() => turns++, 0);
    const response = await server.ask(headers);
    const body = await buffer(response);
    clearInterval(counting);
    const whole = response.headers["content-encoding"] === "gzip" ? gunzipSync(body) : body;
    assert.equal(whole.length, 300 * kilobyte.length);
    assert.equal(response.headers["content-encoding"], name === "packed" ? "gzip" : undefined);
    // 150 ms of work in stretches of half a millisecond.
    assert.ok(turns > 15, `${turns} turns`);
  });
}

test("an answer that is short tells its length", async () => {
  await using server = await answering(() => slowPieces(20, 1, { count: 0 }));
  const response = await server.ask();
  assert.equal(response.headers["content-length"], String(20 * kilobyte.length));
  assert.equal((await buffer(response)).length, 20 * kilobyte.length);
});

test("who does not read is not written for", async () => {
  const made = { count: 0 };
  await using server = await answering(() => slowPieces(200_000, 0, made));
  const response = await server.ask();
  await sleep(300);
  const waiting = made.count;
  assert.ok(waiting < 100_000, `${waiting} kB were made for nobody`);
  await sleep(100);
  assert.equal(made.count, waiting);
  response.destroy();
});

test("who goes is not made pieces for any longer", async () => {
  const made = { count: 0 };
  await using server = await answering(() => slowPieces(200_000, 0.1, made));
  const response = await server.ask();
  response.once("data", () => response.destroy());
  await server.sent;
  assert.ok(made.count < 20_000, `${made.count} kB were made for nobody`);
});
