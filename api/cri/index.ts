/** The Container Runtime Interface as data, and containerd's events beside it. */
import { readFileSync } from "node:fs";
import { MessageCodec } from "./codec.ts";
import { parseRuntimeApi, type ServiceTable } from "./parse.ts";

export type * from "./parse.ts";
export * from "./types.ts";

/** What one may leave out when sending a message: everything. */
export type Init<T> = T extends bigint
  ? bigint | number
  : T extends Buffer
    ? Uint8Array
    : T extends (infer Item)[]
      ? readonly Init<Item>[]
      : T extends Record<string, string>
        ? Readonly<Record<string, string>>
        : T extends object
          ? { readonly [K in keyof T]?: Init<T[K]> | undefined }
          : T;

interface Table {
  readonly codec: MessageCodec;
  readonly services: ReadonlyMap<string, ServiceTable>;
}

function readTable(file: string): Table {
  const api = parseRuntimeApi(readFileSync(new URL(file, import.meta.url), "utf8"));
  return { codec: new MessageCodec(api), services: api.services };
}

export const cri: Table = readTable("./v1.cri");
export const containerdEvents: Table = readTable("./containerd.cri");
