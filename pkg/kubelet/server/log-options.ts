/** Which part of a log is asked for. */
import { HttpError } from "./host.ts";

export interface LogOptions {
  readonly follow: boolean;
  readonly previous: boolean;
  readonly timestamps: boolean;
  readonly tailLines: number | undefined;
  readonly limitBytes: number | undefined;
  /** Milliseconds since the epoch. */
  readonly sinceMs: number | undefined;
  readonly stream: "stdout" | "stderr" | "all";
}

const isTrue = (text: string | null): boolean => text !== null && text !== "0" && text.toLowerCase() !== "false";

/** Throws 400 and 422 with the texts that kubelets give. */
export function parseLogOptions(query: URLSearchParams, now: number): LogOptions {
  const undecodable = new HttpError(400, '{"message": "Unable to decode query."}');
  const invalid = new HttpError(422, '{"message": "Invalid request."}');
  const integer = (name: string, least: number): number | undefined => {
    const text = query.get(name) ?? "";
    if (text === "") return undefined;
    if (!/^[+-]?\d{1,18}$/.test(text)) throw undecodable;
    if (Number(text) < least) throw invalid;
    return Number(text);
  };
  const tailLines = query.get("tail") === "all" ? undefined : (integer("tail", 0) ?? integer("tailLines", 0));
  const limitBytes = integer("limitBytes", 1);
  const sinceSeconds = integer("sinceSeconds", 1);
  const sinceText = query.get("sinceTime") ?? "";
  const sinceTime = sinceText === "" ? undefined : Date.parse(sinceText);
  if (Number.isNaN(sinceTime)) throw undecodable;
  if (sinceSeconds !== undefined && sinceTime !== undefined) throw invalid;
  const stream = parseStream(query.get("stream") ?? "All");
  if (stream === undefined) throw invalid;
  if (stream !== "all" && tailLines !== undefined) throw invalid;
  return {
    follow: isTrue(query.get("follow")),
    previous: isTrue(query.get("previous")),
    timestamps: isTrue(query.get("timestamps")),
    tailLines,
    limitBytes,
    sinceMs: sinceSeconds === undefined ? sinceTime : now - sinceSeconds * 1000,
    stream,
  };
}

function parseStream(text: string): LogOptions["stream"] | undefined {
  if (text === "All" || text === "") return "all";
  if (text === "Stdout") return "stdout";
  return text === "Stderr" ? "stderr" : undefined;
}
