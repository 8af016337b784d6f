/** Termination messages: what a container wrote into its message file, or the end of its log. */
import { open } from "node:fs/promises";
import type { ContainerRecord } from "../runtime/state.ts";
import { parseLogLine } from "../server/log-format.ts";

const messageBytesMax = 4096;
const logBytesMax = 2048;
const logLinesMax = 80;

/** Empty when there is none. Never rejects. */
export async function lastWords(run: ContainerRecord): Promise<string> {
  const written = run.messagePath === "" ? "" : await readFirst(run.messagePath, messageBytesMax).catch(() => "");
  if (written !== "" || run.messagePolicy !== "FallbackToLogsOnError" || run.exitCode === 0) return written;
  return logEnd(run.logPath).catch(() => "");
}

async function readFirst(path: string, bytes: number): Promise<string> {
  await using file = await open(path, "r");
  const { buffer, bytesRead } = await file.read({ buffer: Buffer.alloc(bytes), position: 0 });
  return buffer.subarray(0, bytesRead).toString();
}

async function logEnd(path: string): Promise<string> {
  await using file = await open(path, "r");
  const { size } = await file.stat();
  // A line of the log carries its time and stream as well: read enough for those.
  const length = Math.min(size, logBytesMax * 4);
  const { buffer, bytesRead } = await file.read({ buffer: Buffer.alloc(length), position: size - length });
  const lines = buffer.subarray(0, bytesRead).toString().split("\n");
  const texts = lines.flatMap((line) => {
    const parsed = parseLogLine(Buffer.from(line));
    return parsed ? [parsed.content.toString()] : [];
  });
  return texts.slice(-logLinesMax).join("").slice(-logBytesMax);
}
