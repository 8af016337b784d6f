/** A thousand watches of one resource, each over its own connection, while it is written at a steady rate. */
import type { LivePair, LiveServer } from "../../compare/live/servers.ts";
import { type Figures, load } from "./measured.ts";
import { type Row, rowOf } from "./row.ts";

export interface WatchSizes {
  readonly watchers: number;
  readonly rate: number;
  readonly seconds: number;
}

export async function watches(
  pair: LivePair,
  names: readonly LiveServer["name"][],
  { watchers, rate, seconds }: WatchSizes,
): Promise<Row[]> {
  const found: Partial<Record<LiveServer["name"], Figures>> = {};
  for (const name of names) {
    found[name] = await load(pair[name], pair, "watch", { watchers, rate, seconds });
    console.error(`${name}: ${JSON.stringify(found[name])}`);
  }
  const { ours, upstream } = found;
  if (!ours) return [];
  const both = { ours, ...(upstream ? { upstream } : {}) };
  const load_ = `${watchers.toLocaleString("en")} watches, ${rate} writes/s for ${seconds} s`;
  const row = (figure: string, what: string, unit: string, target?: number): Row =>
    rowOf(both, figure, { what: `${load_}: ${what}`, unit, ...(target === undefined ? {} : { target }) });
  return [
    row("lag_p99_ms", "lag p99, none lost", "ms", 500),
    row("lag_p50_ms", "lag p50", "ms"),
    row("lag_max_ms", "lag at most", "ms"),
    row("events_per_s", "events seen", "1/s"),
    row("event_bytes", "size of an event", "bytes"),
    row("write_p99_ms", "write p99", "ms"),
    row("server_cpu_of_core", "the server's use of a core", "cores"),
    row("client_cpu_of_core", "the client's use of a core", "cores"),
    row("rss_added_mb", "memory added", "MB"),
  ];
}
