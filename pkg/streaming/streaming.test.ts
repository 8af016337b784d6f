/** Sessions of WebSocket clients against a peer that speaks SPDY, as a kubelet does. */
import assert from "node:assert/strict";
import { once } from "node:events";
import http, { type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { test } from "node:test";
import { WebSocket } from "ws";
import { proxyUpgrade, SpdyConnection, type SpdyStream, type StreamChoice, UpgradeRefused } from "./index.ts";

type Peer = (streams: ReadonlyMap<string, SpdyStream>) => void;

interface Front extends AsyncDisposable {
  readonly url: string;
  readonly failures: unknown[];
}

/** A peer that calls `serve` once it has `count` streams, and a server in front of it. */
async function start(options: {
  readonly count: number;
  readonly serve: Peer;
  readonly streams: StreamChoice;
  readonly refuse?: string;
}): Promise<Front> {
  const stop = new AbortController();
  const failures: unknown[] = [];
  const peer = http.createServer((_request, response) => response.writeHead(500).end(options.refuse ?? "no upgrade"));
  if (options.refuse === undefined) {
    peer.on("upgrade", (_request, socket, head) => {
      socket.write("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: SPDY/3.1\r\n\r\n");
      const streams = new Map<string, SpdyStream>();
      new SpdyConnection(socket, {
        role: "server",
        head,
        onStream(stream) {
          streams.set(stream.headers.get("streamtype") ?? "", stream);
          if (streams.size === options.count) options.serve(streams);
        },
      });
    });
  }
  const target = { url: new URL(`${await listen(peer)}/exec`) };
  const front = http.createServer();
  front.on("upgrade", (request, socket, head) => {
    const { streams } = options;
    proxyUpgrade({ request, socket, head, target, protocol: "exec", streams, signal: stop.signal }).catch(
      (error: unknown) => {
        failures.push(error);
        socket.destroy();
      },
    );
  });
  const url = (await listen(front)).replace("http:", "ws:");
  return {
    url,
    failures,
    async [Symbol.asyncDispose]() {
      stop.abort();
      for (const server of [front, peer]) {
        server.closeAllConnections();
        await once(server.close(), "close");
      }
    },
  };
}

async function listen(server: Server): Promise<string> {
  await once(server.listen(0, "127.0.0.1"), "listening");
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** What came on each channel until the end. */
async function session(ws: WebSocket): Promise<Map<number, string>> {
  const channels = new Map<number, string>();
  ws.on("message", (data: Buffer) => {
    const channel = data[0] ?? 0;
    channels.set(channel, (channels.get(channel) ?? "") + data.subarray(1).toString());
  });
  await once(ws, "close");
  return channels;
}

const status = '{"metadata":{},"status":"Failure","details":{"causes":[{"reason":"ExitCode","message":"7"}]}}';
const all = { stdin: true, stdout: true, stderr: true, tty: false };

/** Gives back its input, then ends as a Go peer does: everything at once. */
const echo: Peer = (streams) => {
  const stdin = streams.get("stdin") as SpdyStream;
  stdin.on("data", (chunk: Buffer) => streams.get("stdout")?.write(chunk));
  stdin.on("end", () => {
    streams.get("stderr")?.end("warned");
    streams.get("stdout")?.end();
    streams.get("error")?.end(status);
  });
};

test("v5: input, its end, both outputs and the exit code", async () => {
  await using front = await start({ count: 4, serve: echo, streams: all });
  const ws = new WebSocket(front.url, "v5.channel.k8s.io");
  const over = session(ws);
  await once(ws, "open");
  const input = "x".repeat(300_000);
  ws.send(Buffer.concat([Buffer.from([0]), Buffer.from(input)]));
  ws.send(Buffer.from([255, 0]));
  const channels = await over;
  assert.equal(channels.get(1)?.length, input.length);
  assert.equal(channels.get(2), "warned");
  assert.equal(channels.get(3), status);
});

test("v4: a terminal has no error output, and its size is passed on", async () => {
  const serve: Peer = (streams) => {
    streams.get("resize")?.once("data", (size: Buffer) => {
      streams.get("stdout")?.end(size);
      streams.get("error")?.end();
    });
  };
  await using front = await start({ count: 4, serve, streams: { ...all, tty: true } });
  const ws = new WebSocket(front.url, "v4.channel.k8s.io");
  const over = session(ws);
  await once(ws, "open");
  ws.send(Buffer.from('\u0004{"Width":80,"Height":24}'));
  const channels = await over;
  assert.equal(channels.get(1), '{"Width":80,"Height":24}');
  assert.equal(channels.get(3), '{"metadata":{},"status":"Success"}');
});

test("a peer that refuses is told of on the error channel", async () => {
  await using front = await start({ count: 4, serve: echo, streams: all, refuse: 'container not found ("c")' });
  const channels = await session(new WebSocket(front.url, "v5.channel.k8s.io"));
  const { message, code } = JSON.parse(channels.get(3) ?? "") as { message: string; code: number };
  assert.equal(message, 'Internal error occurred: unable to upgrade connection: container not found ("c")');
  assert.equal(code, 500);
});

test("SPDY clients are refused before anything is sent", async () => {
  await using front = await start({ count: 4, serve: echo, streams: all, refuse: "gone" });
  const request = http.request(front.url.replace("ws:", "http:"), {
    method: "POST",
    headers: { connection: "Upgrade", upgrade: "SPDY/3.1" },
  });
  request.end();
  await once(request, "error");
  assert(front.failures[0] instanceof UpgradeRefused);
  assert.equal(front.failures[0].status, 500);
});
