/**
 * /debug/pprof/: where the server's time and memory go, in the formats that Chrome's and Node's own tools open. The paths
 * are those of Go's profiler; who may read them is decided like for any other path.
 */
import { Session } from "node:inspector/promises";
import { setTimeout as sleep } from "node:timers/promises";
import { getHeapSnapshot } from "node:v8";
import { badRequest, StatusError } from "#pkg/apimachinery/status-error.ts";
import { type RequestContext, responseHeaders } from "../context.ts";
import { sendText } from "./health.ts";

export const profilingPrefix = "/debug/pprof/";

const secondsDefault = 30;
const secondsMax = 300;
/** Bytes allocated between two samples, on average. */
const samplingBytes = 32 * 1024;

const index = `/debug/pprof/profile?seconds=30       processor time, .cpuprofile
/debug/pprof/heap?seconds=30          what was allocated and lives on, .heapprofile
/debug/pprof/heapsnapshot             everything that lives, .heapsnapshot; stops the server while it is taken
`;

/** One at a time of each: they slow the server down, and the engine has but one of each. */
const running = new Set<string>();

/** Answers what is below the prefix. False: there is no such profile. */
export async function answerProfiling(context: RequestContext): Promise<boolean> {
  const name = context.info.path.slice(profilingPrefix.length);
  switch (name) {
    case "":
      sendText(context, 200, index);
      return true;
    case "profile":
      await alone(name, () => sendProfile(context, "server.cpuprofile", cpuProfile));
      return true;
    case "heap":
      await alone(name, () => sendProfile(context, "server.heapprofile", heapProfile));
      return true;
    case "heapsnapshot":
      await alone(name, () => sendSnapshot(context));
      return true;
    default:
      return false;
  }
}

async function alone(name: string, work: () => Promise<void>): Promise<void> {
  if (running.has(name)) throw new StatusError("Conflict", `another ${name} is being taken`, { details: {} });
  running.add(name);
  try {
    await work();
  } finally {
    running.delete(name);
  }
}

function secondsOf({ info }: RequestContext): number {
  const text = info.query.get("seconds") ?? String(secondsDefault);
  const seconds = Number(text);
  if (!/^\d+(\.\d+)?$/.test(text) || seconds <= 0 || seconds > secondsMax) {
    throw badRequest(`seconds: Invalid value: ${JSON.stringify(text)}: must be above 0 and at most ${secondsMax}`);
  }
  return seconds;
}

type Take = (session: Session, wait: () => Promise<void>) => Promise<object>;

const cpuProfile: Take = async (session, wait) => {
  await session.post("Profiler.enable");
  await session.post("Profiler.start");
  await wait();
  return (await session.post("Profiler.stop")).profile;
};

const heapProfile: Take = async (session, wait) => {
  await session.post("HeapProfiler.enable");
  await session.post("HeapProfiler.startSampling", { samplingInterval: samplingBytes });
  await wait();
  return (await session.post("HeapProfiler.stopSampling")).profile;
};

async function sendProfile(context: RequestContext, file: string, take: Take): Promise<void> {
  const { signal } = context.exchange;
  const ms = secondsOf(context) * 1000;
  const session = new Session();
  session.connect();
  try {
    // Who hangs up is not waited for.
    const profile = await take(session, () => sleep(ms, undefined, { signal }).catch(() => {}));
    if (!signal.aborted) sendAttachment(context, file, Buffer.from(JSON.stringify(profile)));
  } finally {
    session.disconnect();
  }
}

function sendAttachment(context: RequestContext, file: string, bytes: Buffer): void {
  context.exchange.send(200, attachmentHeaders(context, file), bytes);
}

const attachmentHeaders = (context: RequestContext, file: string) => ({
  ...responseHeaders(context, "application/json"),
  "content-disposition": `attachment; filename="${file}"`,
  "x-content-type-options": "nosniff",
});

async function sendSnapshot(context: RequestContext): Promise<void> {
  const snapshot = getHeapSnapshot();
  const sink = context.exchange.stream(200, attachmentHeaders(context, "server.heapsnapshot"));
  for await (const chunk of snapshot) {
    if (sink.closed) break;
    if (!sink.write(chunk as Buffer)) await new Promise<void>((resolve) => sink.onDrain(resolve));
  }
  sink.end();
}
