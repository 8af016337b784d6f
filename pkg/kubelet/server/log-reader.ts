/** Reads the log file of a container, and goes on with it while the container runs. */
import { type FSWatcher, watch } from "node:fs";
import { type FileHandle, open, stat } from "node:fs/promises";
import { basename, dirname } from "node:path";
import { parseLogLine } from "./log-format.ts";
import type { LogOptions } from "./log-options.ts";

export interface LogReading {
  readonly path: string;
  readonly options: LogOptions;
  readonly signal: AbortSignal;
  /** Resolves when the client has taken it. */
  write(chunk: Buffer): Promise<void>;
  /** Whether more may be written to the log. */
  isRunning(): Promise<boolean>;
  /** Calls back when the container ends; for followers. */
  onExit(callback: () => void): Disposable;
}

const blockBytes = 64 * 1024;
/** Runtimes cut lines at 16 KiB; what is longer than this is no log of theirs. */
const lineBytesMax = 1024 * 1024;
const newline = 0x0a;
/** Where the file system tells nothing, looking again has to do. */
const lookMs = 1000;

/** Resolves at the end of the log, or of the container when following. Rejects when the file cannot be read. */
export async function readLog(reading: LogReading): Promise<void> {
  const { path, options, signal } = reading;
  if (options.limitBytes === 0) return;
  const filter = new LineFilter(options);
  let file = await open(path, "r");
  using change = options.follow ? new ChangeWaiter(reading) : undefined;
  try {
    let position = options.tailLines === undefined ? 0 : await tailStart(file, options.tailLines);
    let rest: Buffer = Buffer.alloc(0);
    while (!signal.aborted) {
      // Asked before reading: what was written until the end is read then.
      const running = change !== undefined && (await reading.isRunning());
      const next = await openRotated(path, file, change);
      [position, rest] = await readOn(file, { position, rest, filter, reading });
      if (filter.done) return;
      if (next) {
        await file.close();
        file = next;
        position = 0;
        continue;
      }
      if (!running) return;
      await change?.wait();
    }
  } finally {
    await file.close();
  }
}

/** The new file, when the old one was moved away. */
async function openRotated(
  path: string,
  file: FileHandle,
  change: ChangeWaiter | undefined,
): Promise<FileHandle | undefined> {
  if (!change) return undefined;
  const [old, current] = await Promise.all([file.stat(), stat(path).catch(() => undefined)]);
  if (!current || current.ino === old.ino) return undefined;
  return open(path, "r").catch(() => undefined);
}

interface Progress {
  readonly position: number;
  readonly rest: Buffer;
  readonly filter: LineFilter;
  readonly reading: LogReading;
}

/** Reads to the end of the file; returns where that is, and the beginning of a line that is not whole yet. */
async function readOn(file: FileHandle, { position, rest, filter, reading }: Progress): Promise<[number, Buffer]> {
  const block = Buffer.alloc(blockBytes);
  while (!reading.signal.aborted && !filter.done) {
    const { bytesRead } = await file.read(block, 0, blockBytes, position);
    if (bytesRead === 0) break;
    position += bytesRead;
    const bytes = Buffer.concat([rest, block.subarray(0, bytesRead)]);
    const end = bytes.lastIndexOf(newline) + 1;
    const chunk = filter.take(bytes.subarray(0, end));
    rest = Buffer.from(bytes.subarray(end));
    if (rest.length > lineBytesMax) rest = Buffer.alloc(0);
    if (chunk.length > 0) await reading.write(chunk);
  }
  return [position, rest];
}

/** Where the last `count` lines begin. */
async function tailStart(file: FileHandle, count: number): Promise<number> {
  const { size } = await file.stat();
  if (count === 0) return size;
  const block = Buffer.alloc(blockBytes);
  let seen = 0;
  for (let end = size; end > 0; ) {
    const start = Math.max(0, end - blockBytes);
    const { bytesRead } = await file.read(block, 0, end - start, start);
    for (let i = bytesRead - 1; i >= 0; i--) {
      // The newline at the very end closes the last line.
      if (block[i] !== newline || start + i === size - 1) continue;
      if (++seen === count) return start + i + 1;
    }
    end = start;
  }
  return 0;
}

/** From raw lines to what the client sees. */
class LineFilter {
  readonly #options: LogOptions;
  #left: number;
  #inLine = false;

  constructor(options: LogOptions) {
    this.#options = options;
    this.#left = options.limitBytes ?? Infinity;
  }

  get done(): boolean {
    return this.#left <= 0;
  }

  /** `bytes` hold whole lines. */
  take(bytes: Buffer): Buffer {
    const parts: Buffer[] = [];
    for (let at = 0; at < bytes.length && !this.done; ) {
      const end = bytes.indexOf(newline, at);
      this.#line(bytes.subarray(at, end), parts);
      at = end + 1;
    }
    return Buffer.concat(parts);
  }

  #line(raw: Buffer, parts: Buffer[]): void {
    const { stream, sinceMs, timestamps } = this.#options;
    const line = parseLogLine(raw);
    if (!line || (stream !== "all" && line.stream !== stream)) return;
    if (sinceMs !== undefined && Date.parse(line.time) < sinceMs) return;
    if (timestamps && !this.#inLine) this.#add(Buffer.from(`${line.time} `), parts);
    this.#inLine = line.partial;
    this.#add(line.content, parts);
  }

  #add(bytes: Buffer, parts: Buffer[]): void {
    parts.push(bytes.length > this.#left ? bytes.subarray(0, this.#left) : bytes);
    this.#left -= bytes.length;
  }
}

/** Wakes a follower when the file changes, is replaced, or the container ends. */
class ChangeWaiter implements Disposable {
  readonly #watcher: FSWatcher | undefined;
  readonly #exit: Disposable;
  readonly #signal: AbortSignal;
  #changed = false;
  #wake: (() => void) | undefined;

  constructor({ path, signal, onExit }: LogReading) {
    const name = basename(path);
    this.#signal = signal;
    this.#watcher = watchDirectory(dirname(path), (changed) => {
      if (changed === null || changed === name) this.#notify();
    });
    this.#exit = onExit(this.#notify);
    signal.addEventListener("abort", this.#notify, { once: true });
  }

  readonly #notify = (): void => {
    this.#changed = true;
    this.#wake?.();
  };

  async wait(): Promise<void> {
    if (!this.#changed) {
      const { promise, resolve } = Promise.withResolvers<void>();
      this.#wake = resolve;
      const timer = setTimeout(resolve, lookMs);
      await promise;
      clearTimeout(timer);
      this.#wake = undefined;
    }
    this.#changed = false;
  }

  [Symbol.dispose](): void {
    this.#watcher?.close();
    this.#exit[Symbol.dispose]();
    this.#signal.removeEventListener("abort", this.#notify);
  }
}

/** Undefined where inotify's instances are used up. */
function watchDirectory(path: string, onChange: (name: string | null) => void): FSWatcher | undefined {
  try {
    const watcher = watch(path, { persistent: false }, (_event, name) => onChange(name));
    return watcher.on("error", () => watcher.close());
  } catch {
    return undefined;
  }
}
