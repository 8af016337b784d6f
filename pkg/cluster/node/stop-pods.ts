/** Stops every pod of a node through CRI: what `kubets down` does, so that no process, mount or network outlives it. */
import { Client, credentials } from "@grpc/grpc-js";

const callMs = 20_000;
const parallelMax = 16;

/** The few fields of CRI v1 that stopping needs; both lists have their items in field 1 and an item's id in field 1. */
interface Item {
  readonly id: string;
  /** Container.state (6) or PodSandbox.state (3). */
  readonly state: number;
}

function varint(value: number): Buffer {
  const bytes: number[] = [];
  let rest = value;
  for (; rest > 127; rest = Math.floor(rest / 128)) bytes.push((rest % 128) | 128);
  bytes.push(rest);
  return Buffer.from(bytes);
}

const textField = (field: number, text: string): Buffer =>
  Buffer.concat([varint(field * 8 + 2), varint(Buffer.byteLength(text)), Buffer.from(text)]);
const intField = (field: number, value: number): Buffer => Buffer.concat([varint(field * 8), varint(value)]);

/** Yields the varint and length-delimited fields of a message; others are skipped. */
function* fieldsOf(message: Buffer): Generator<[field: number, value: number | Buffer]> {
  let at = 0;
  const next = (): number => {
    let value = 0;
    for (let scale = 1; ; scale *= 128) {
      const byte = message[at++];
      if (byte === undefined) throw new RangeError("a CRI message ended early");
      value += (byte & 127) * scale;
      if (byte < 128) return value;
    }
  };
  while (at < message.length) {
    const tag = next();
    const field = Math.floor(tag / 8);
    const wireType = tag % 8;
    if (wireType === 0) yield [field, next()];
    else if (wireType === 2) {
      const length = next();
      yield [field, message.subarray(at, at + length)];
      at += length;
    } else if (wireType === 1) at += 8;
    else at += 4;
  }
}

/** Exported for its test. */
export function parseItems(message: Buffer, stateField: number): Item[] {
  const items: Item[] = [];
  for (const [field, value] of fieldsOf(message)) {
    if (field !== 1 || typeof value === "number") continue;
    let id = "";
    let state = 0;
    for (const [inner, content] of fieldsOf(value)) {
      if (inner === 1 && typeof content !== "number") id = content.toString("utf8");
      if (inner === stateField && typeof content === "number") state = content;
    }
    items.push({ id, state });
  }
  return items;
}

const containerRunning = 1;
const sandboxReady = 0;

async function inParallel<T>(items: readonly T[], work: (item: T) => Promise<unknown>): Promise<void> {
  const queue = items.values();
  const worker = async () => {
    for (const item of queue) await work(item);
  };
  await Promise.all(Array.from({ length: Math.min(parallelMax, items.length) }, worker));
}

export interface StopPodsOptions {
  readonly socket: string;
  /** How long a container may take to end after its stop signal, in whole seconds. */
  readonly graceSeconds: number;
}

/** Returns how many pods it stopped. Rejects when the runtime does not answer. */
export async function stopPods(options: StopPodsOptions): Promise<number> {
  const client = new Client(`unix://${options.socket}`, credentials.createInsecure());
  const call = (method: string, request: Buffer, timeoutMs = callMs): Promise<Buffer> =>
    new Promise((resolve, reject) => {
      const same = (bytes: Buffer) => bytes;
      const path = `/runtime.v1.RuntimeService/${method}`;
      const deadline = Date.now() + timeoutMs;
      client.makeUnaryRequest(path, same, same, request, { deadline }, (error, response) =>
        error ? reject(error) : resolve(response ?? Buffer.alloc(0)),
      );
    });
  try {
    const containers = parseItems(await call("ListContainers", Buffer.alloc(0)), 6);
    const sandboxes = parseItems(await call("ListPodSandbox", Buffer.alloc(0)), 3);
    const stopMs = options.graceSeconds * 1000 + callMs;
    await inParallel(
      containers.filter((container) => container.state === containerRunning),
      ({ id }) =>
        call("StopContainer", Buffer.concat([textField(1, id), intField(2, options.graceSeconds)]), stopMs).catch(
          () => undefined,
        ),
    );
    const ready = sandboxes.filter((sandbox) => sandbox.state === sandboxReady);
    await inParallel(ready, ({ id }) => call("StopPodSandbox", textField(1, id), stopMs));
    return ready.length;
  } finally {
    client.close();
  }
}
