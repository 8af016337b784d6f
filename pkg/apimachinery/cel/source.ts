/** Messages about an expression, with the place they are about. */
export interface Issue {
  /** Offset into the text. */
  readonly at: number;
  readonly message: string;
}

/** What is wrong with the text of an expression; the message is what people and clients see of it. */
export class CompileError extends Error {
  override readonly name = "CompileError";
  readonly issues: readonly Issue[];

  /** They are told in the order of their places. */
  constructor(text: string, issues: readonly Issue[]) {
    const sorted = issues.toSorted((a, b) => a.at - b.at);
    super(sorted.map((issue) => printIssue(text, issue)).join("\n"));
    this.issues = sorted;
  }
}

/** Longer lines are not repeated in messages. */
const snippetMax = 16_384;

function printIssue(text: string, { at, message }: Issue): string {
  // A text without a line has no place to show.
  if (text === "") return `ERROR: <input>:1:0: ${message}`;
  const points = [...text];
  const before = [...text.slice(0, at)];
  const line = before.filter((point) => point === "\n").length;
  const start = before.lastIndexOf("\n") + 1;
  const column = before.length - start;
  const head = `ERROR: <input>:${line + 1}:${column + 1}: ${message}`;
  const end = points.indexOf("\n", start);
  const snippet = points.slice(start, end < 0 ? points.length : end).map((point) => (point === "\t" ? " " : point));
  if (snippet.length > snippetMax) return head;
  // Wide characters get wide signs below them.
  const isWide = (point: string | undefined): boolean => point !== undefined && (point.codePointAt(0) ?? 0) > 0x7f;
  const dots = snippet.slice(0, column).map((point) => (isWide(point) ? "．" : "."));
  return `${head}\n | ${snippet.join("")}\n | ${dots.join("")}${isWide(snippet[column]) ? "＾" : "^"}`;
}
