/** How long to wait before trying again: doubles from the first to the longest, forgotten after twice the longest. Pure. */

export interface BackoffOptions {
  readonly firstMs: number;
  readonly maxMs: number;
  /** Entries beyond this are dropped, the oldest first. */
  readonly entriesMax?: number;
}

interface Entry {
  readonly delayMs: number;
  readonly updatedAt: number;
}

const defaultEntriesMax = 10_000;

export class KeyedBackoff {
  readonly #options: BackoffOptions;
  readonly #entries = new Map<string, Entry>();

  constructor(options: BackoffOptions) {
    this.#options = options;
  }

  #current(key: string, now: number): Entry | undefined {
    const entry = this.#entries.get(key);
    return entry && now - entry.updatedAt <= this.#options.maxMs * 2 ? entry : undefined;
  }

  /** What is left of the wait that began at `since`; `delayMs` is the whole wait. Undefined: try now. */
  waiting(key: string, since: number, now: number): { readonly delayMs: number; readonly leftMs: number } | undefined {
    const entry = this.#current(key, since);
    if (!entry) return undefined;
    const leftMs = since + entry.delayMs - now;
    return leftMs > 0 ? { delayMs: entry.delayMs, leftMs } : undefined;
  }

  /** Another failure, at `at`: the next wait is twice the last. */
  next(key: string, at: number): void {
    const { firstMs, maxMs, entriesMax = defaultEntriesMax } = this.#options;
    const before = this.#current(key, at);
    this.#entries.delete(key);
    this.#entries.set(key, { delayMs: before ? Math.min(before.delayMs * 2, maxMs) : firstMs, updatedAt: at });
    if (this.#entries.size <= entriesMax) return;
    const oldest = this.#entries.keys().next().value;
    if (oldest !== undefined) this.#entries.delete(oldest);
  }

  /** Forgets every key that starts with the prefix. */
  forget(prefix: string): void {
    for (const key of this.#entries.keys()) if (key.startsWith(prefix)) this.#entries.delete(key);
  }
}

const retryFirstMs = 1000;
const retryMsMax = 15_000;

/** The wait after a step that failed, when `failures` went before it in a row. */
export const retryDelayMs = (failures: number): number => Math.min(retryMsMax, retryFirstMs * 2 ** failures);

/** As Go prints a duration: `10s`, `1m20s`, `5m0s`. */
export function formatDuration(ms: number): string {
  const seconds = Math.round(ms / 1000);
  const hours = Math.floor(seconds / 3600);
  const minutes = Math.floor((seconds % 3600) / 60);
  const rest = `${seconds % 60}s`;
  if (hours > 0) return `${hours}h${minutes}m${rest}`;
  return minutes > 0 ? `${minutes}m${rest}` : rest;
}
