/** What clients asked and what they were told, with the times between which it happened. */
import type { Seen } from "./history.ts";

interface Timed {
  /** Names the operation; a write puts it into `data.writer`. */
  readonly id: string;
  /** Milliseconds of one clock. */
  readonly begin: number;
  readonly end: number;
}

/** An answer that says what became of it. `unknown`: the connection broke, or the server did not know either. */
export type WriteResult =
  | { readonly kind: "done"; readonly seen: Seen }
  | { readonly kind: "exists" }
  | { readonly kind: "missing" }
  | { readonly kind: "conflict" }
  | { readonly kind: "unknown" };

export interface CreateOperation extends Timed {
  readonly kind: "create";
  readonly key: string;
  readonly result: WriteResult;
}

export interface UpdateOperation extends Timed {
  readonly kind: "update";
  readonly key: string;
  /** The resourceVersion that was sent. */
  readonly expected: number;
  /** Nothing was changed: nothing may be written. */
  readonly same: boolean;
  readonly result: WriteResult;
}

export interface PatchOperation extends Timed {
  readonly kind: "patch";
  readonly key: string;
  /** Merged into `data`. */
  readonly data: Readonly<Record<string, string>>;
  readonly color: string | undefined;
  readonly result: WriteResult;
}

export interface DeleteOperation extends Timed {
  readonly kind: "delete";
  readonly key: string;
  /** Precondition. */
  readonly uid: string | undefined;
  readonly result:
    | { readonly kind: "done"; readonly uid: string }
    | { readonly kind: "missing" | "conflict" | "unknown" };
}

export interface DeleteCollectionOperation extends Timed {
  readonly kind: "deleteCollection";
  readonly namespace: string;
  readonly color: string;
  /** What was deleted; undefined: unknown. */
  readonly uids: readonly string[] | undefined;
}

export type ReadMode =
  | { readonly kind: "latest" }
  | { readonly kind: "any" }
  | { readonly kind: "notOlderThan"; readonly revision: number }
  | { readonly kind: "exact"; readonly revision: number };

export interface GetOperation extends Timed {
  readonly kind: "get";
  readonly key: string;
  readonly mode: ReadMode;
  readonly result:
    | { readonly kind: "found"; readonly seen: Seen }
    | { readonly kind: "missing" }
    | { readonly kind: "unknown" };
}

export interface ListOperation extends Timed {
  readonly kind: "list";
  readonly namespace: string;
  /** Label selector. */
  readonly color: string | undefined;
  readonly mode: ReadMode;
  readonly result:
    | { readonly kind: "found"; readonly items: readonly Seen[]; readonly revision: number }
    /** 410: `exact` or a continued list, of a revision that history has lost. */
    | { readonly kind: "expired" }
    | { readonly kind: "unknown" };
}

export type Operation =
  | CreateOperation
  | UpdateOperation
  | PatchOperation
  | DeleteOperation
  | DeleteCollectionOperation
  | GetOperation
  | ListOperation;

export interface WatchEvent {
  readonly type: "ADDED" | "MODIFIED" | "DELETED";
  readonly seen: Seen;
}

/** What one watch was told, over one connection. */
export interface WatchLog {
  readonly name: string;
  readonly namespace: string;
  readonly color: string | undefined;
  /** The position from which it began; undefined: it asked for the state first. */
  readonly after: number | undefined;
  /** The state it was given first, and the revision that ended it; undefined until it came. */
  readonly initial: { readonly items: readonly Seen[]; readonly revision: number } | undefined;
  readonly events: readonly WatchEvent[];
  /** The newest revision that a bookmark named, 0 without. */
  readonly bookmark: number;
  /** It was told 410. */
  readonly expired: boolean;
  /** It was open when everything had come to rest: then it must have heard of everything. */
  readonly live: boolean;
}
