/** Lists of 10,000 and of 100,000 pods: memory while they stream, the first byte, all of it. */
import type { LivePair, LiveServer } from "../../compare/live/servers.ts";
import { type Figures, load, residentAfterGcMb } from "./measured.ts";
import { type Row, rowOf } from "./row.ts";

/** 10^6 bytes in a second: what a client on a slow line reads. */
const slowMbPerSecond = 20;
const firstRounds = 5;

interface Lists {
  readonly some: Figures;
  readonly fast: Figures;
  readonly slow: Figures;
  readonly packed: Figures;
}

export interface ListSizes {
  readonly some: number;
  readonly all: number;
}

async function measure(server: LiveServer, pair: LivePair, { some, all }: ListSizes): Promise<Lists> {
  await load(server, pair, "fill", { prefix: "few", namespaces: 10, pods: some });
  await residentAfterGcMb(server);
  const first = await load(server, pair, "list", { items: some, rounds: firstRounds });
  await load(server, pair, "fill", { prefix: "many", namespaces: 90, pods: all - some });
  const one = async (flags: Record<string, number | boolean>): Promise<Figures> => {
    await residentAfterGcMb(server);
    const found = await load(server, pair, "list", { items: all, ...flags });
    console.error(`${server.name}: ${JSON.stringify({ ...flags, ...found })}`);
    return found;
  };
  return {
    some: first,
    fast: await one({}),
    slow: await one({ rate: slowMbPerSecond }),
    packed: await one({ gzip: true }),
  };
}

const memoryMb = 50;

export async function lists(pair: LivePair, names: readonly LiveServer["name"][], sizes: ListSizes): Promise<Row[]> {
  const found: Partial<Record<LiveServer["name"], Lists>> = {};
  for (const name of names) found[name] = await measure(pair[name], pair, sizes);
  const { ours, upstream } = found;
  if (!ours) return [];
  const of = (kind: keyof Lists) => ({ ours: ours[kind], ...(upstream ? { upstream: upstream[kind] } : {}) });
  const some = `list of ${sizes.some.toLocaleString("en")} pods`;
  const all = `list of ${sizes.all.toLocaleString("en")} pods`;
  return [
    rowOf(of("some"), "first_byte_ms", {
      what: `${some}: first byte, slowest of ${firstRounds}`,
      unit: "ms",
      target: 20,
    }),
    rowOf(of("some"), "all_ms", { what: `${some}: all of it`, unit: "ms" }),
    rowOf(of("fast"), "rss_added_mb", { what: `${all}: memory added`, unit: "MB", target: memoryMb }),
    rowOf(of("fast"), "first_byte_ms", { what: `${all}: first byte`, unit: "ms" }),
    rowOf(of("fast"), "all_ms", { what: `${all}: all of it`, unit: "ms" }),
    rowOf(of("fast"), "list_mb", { what: `${all}: size`, unit: "MB" }),
    rowOf(of("fast"), "server_cpu_s", { what: `${all}: processor time`, unit: "s" }),
    rowOf(of("fast"), "rss_before_mb", { what: `${all}: memory before, all pods in the cache`, unit: "MB" }),
    rowOf(of("slow"), "rss_added_mb", {
      what: `${all} read at ${slowMbPerSecond} MB/s: memory added`,
      unit: "MB",
      target: memoryMb,
    }),
    rowOf(of("slow"), "all_ms", { what: `${all} read at ${slowMbPerSecond} MB/s: all of it`, unit: "ms" }),
    rowOf(of("packed"), "rss_added_mb", { what: `${all} with gzip: memory added`, unit: "MB", target: memoryMb }),
    rowOf(of("packed"), "all_ms", { what: `${all} with gzip: all of it`, unit: "ms" }),
  ];
}
