/** The token that says where the next page of a list begins: base64url of `{"v","rv","start"}`. */
import type { Status } from "#api/types/meta/v1";
import { parseJsonValue } from "#pkg/apimachinery/codec/index.ts";
import { badRequest, StatusError } from "#pkg/apimachinery/status-error.ts";

export interface ContinueToken {
  /** The revision of the first page; -1: any, the client accepted an inconsistent list. */
  readonly revision: number;
  /** The last key sent, below the list's prefix. */
  readonly after: string;
}

const tokenVersion = "meta.k8s.io/v1";

export function encodeContinue({ revision, after }: ContinueToken): string {
  return Buffer.from(JSON.stringify({ v: tokenVersion, rv: revision, start: `${after}\0` })).toString("base64url");
}

const invalidToken = (why: string) => badRequest(`invalid continue token: continue key is not valid: ${why}`);

export function decodeContinue(text: string): ContinueToken {
  const wrongAt = text.search(/[^\w-]/);
  if (wrongAt >= 0) throw invalidToken(`illegal base64 data at input byte ${wrongAt}`);
  let parsed: { v?: unknown; rv?: unknown; start?: unknown };
  try {
    parsed = parseJsonValue(Buffer.from(text, "base64url").toString()) as typeof parsed;
  } catch (error) {
    throw invalidToken((error as Error).message);
  }
  if (parsed?.v !== tokenVersion)
    throw invalidToken(`server does not recognize this encoded version ${JSON.stringify(parsed?.v ?? "")}`);
  if (typeof parsed.rv !== "number" || parsed.rv === 0) {
    throw invalidToken("incorrect encoded start resourceVersion (version meta.k8s.io/v1)");
  }
  if (typeof parsed.start !== "string" || parsed.start === "") {
    throw invalidToken("encoded start key empty (version meta.k8s.io/v1)");
  }
  if (parsed.start.split("/").includes("..")) throw invalidToken(`${parsed.start}`);
  return { revision: parsed.rv, after: parsed.start.endsWith("\0") ? parsed.start.slice(0, -1) : parsed.start };
}

const expiredText =
  "The provided continue parameter is too old to display a consistent list result. You can start a new list without " +
  "the continue parameter, or use the continue token in this response to retrieve the remainder of the results. " +
  "Continuing with the provided token results in an inconsistent list - objects that were created, modified, or " +
  "deleted between the time the first chunk was returned and now may show up in the list.";

/** 410 with a token by which the client may go on without consistency. */
export class ExpiredContinueError extends StatusError {
  readonly #continue: string;

  constructor(after: string) {
    super("Expired", expiredText);
    this.#continue = encodeContinue({ revision: -1, after });
  }

  override toStatus(): Status & { kind: "Status"; apiVersion: "v1" } {
    return { ...super.toStatus(), metadata: { continue: this.#continue } };
  }
}
