/** The log lines that runtimes write: `<time> <stream> <P|F> <content>`. Pure. */

export interface LogLine {
  /** RFC 3339 with nanoseconds, as written. */
  readonly time: string;
  readonly stream: "stdout" | "stderr";
  /** The content, with its newline where the line is whole. */
  readonly content: Buffer;
  /** A part of a line whose rest follows. */
  readonly partial: boolean;
}

const space = 0x20;
const newline = Buffer.from("\n");

/** `line` comes without its newline. Undefined for what is not a log line. */
export function parseLogLine(line: Buffer): LogLine | undefined {
  const first = line.indexOf(space);
  const second = line.indexOf(space, first + 1);
  const third = line.indexOf(space, second + 1);
  if (first < 0 || second < 0 || third < 0) return undefined;
  const stream = line.toString("latin1", first + 1, second);
  if (stream !== "stdout" && stream !== "stderr") return undefined;
  // Tags are separated by colons; the first says whether the line is whole.
  const partial = line.toString("latin1", second + 1, third).split(":")[0] === "P";
  const content = line.subarray(third + 1);
  return {
    time: line.toString("latin1", 0, first),
    stream,
    content: partial ? content : Buffer.concat([content, newline]),
    partial,
  };
}
