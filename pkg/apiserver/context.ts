/** One authenticated and authorized request. */
import type { RequestUser } from "#pkg/registry/strategy.ts";
import type { Exchange, Headers } from "./http/exchange.ts";
import type { RequestInfo, ResourceRequest } from "./http/request-info.ts";
import type { ServedResource } from "./resources/served-resource.ts";
import type { ServerServices } from "./services.ts";

export interface RequestContext {
  readonly exchange: Exchange;
  readonly info: RequestInfo;
  readonly user: RequestUser;
  readonly auditId: string;
  readonly services: ServerServices;
  /** `Warning` headers to send; bounded where they are written. */
  readonly warnings: string[];
}

export interface ResourceContext extends RequestContext {
  readonly request: ResourceRequest;
  readonly resource: ServedResource;
}

/** Upstream cuts warnings when they would fill the headers, bytes. */
const warningBytesMax = 4096;

/** A fresh object each time: exchanges add their own headers to it. */
export function responseHeaders(context: RequestContext, contentType: string): Headers {
  const headers: Headers = {
    "audit-id": context.auditId,
    "cache-control": "no-cache, private",
    "content-type": contentType,
  };
  if (context.warnings.length > 0) headers["warning"] = warningHeaders(context.warnings);
  return headers;
}

function warningHeaders(warnings: readonly string[]): string[] {
  const lines: string[] = [];
  let size = 0;
  for (const text of new Set(warnings)) {
    const line = `299 - "${printable(text).replaceAll("\\", "\\\\").replaceAll('"', '\\"')}"`;
    size += line.length;
    if (size > warningBytesMax) break;
    lines.push(line);
  }
  return lines;
}

/** Headers carry neither control characters nor, in Node, anything beyond Latin-1. */
const printable = (text: string): string => text.replace(/[^\x20-\x7e\xa0-\xff]/g, " ");
