/** Lists of a tenth of the pods and of all: memory while they stream, the first byte, all of it. */
import { type Figures, type Flags, load, residentAfterGcMb } from "./measured.ts";
import { counted, prefixed, type Section, type Sizes } from "./section.ts";
import type { Target } from "./target.ts";

/** 10^6 bytes in a second: what a client on a slow line reads. */
const slowMbPerSecond = 20;
/** The slowest of them counts. */
const rounds = 3;
const memoryMbMax = 50;
const firstByteMsMax = 20;

async function measure(target: Target, { pods }: Sizes): Promise<Figures> {
  const some = Math.round(pods / 10);
  await load(target, "fill", { prefix: "few", namespaces: 10, pods: some });
  await residentAfterGcMb(target);
  const few = await load(target, "list", { items: some, rounds });
  await load(target, "fill", { prefix: "many", namespaces: 90, pods: pods - some });
  const all = async (word: string, flags: Flags): Promise<Figures> => {
    await residentAfterGcMb(target);
    return prefixed(word, await load(target, "list", { items: pods, ...flags }));
  };
  return {
    ...prefixed("few", few),
    ...(await all("fast", { rounds })),
    ...(await all("slow", { rate: slowMbPerSecond })),
    ...(await all("packed", { gzip: true, rounds })),
    ...(await all("protobuf", { form: "protobuf" })),
    // Upstream begins watches with a state only on a newer etcd than this.
    ...(target.name === "ours" ? await all("events", { form: "events", rounds }) : {}),
  };
}

export const lists: Section = {
  name: "lists",
  title: "lists",
  msMax: 600_000,
  measure,
  rows({ pods }) {
    const some = `list of ${counted(pods / 10)} pods`;
    const all = `list of ${counted(pods)} pods`;
    const state = `${all} as events of a watch`;
    const events = { oursOnly: true };
    const slow = `${all} read at ${slowMbPerSecond} MB/s`;
    return [
      { figure: "fast_rss_added_mb", what: `${all}: memory added`, unit: "MB", target: memoryMbMax },
      { figure: "fast_first_byte_ms", what: `${all}: first byte`, unit: "ms", target: firstByteMsMax },
      { figure: "fast_all_ms", what: `${all}: all of it`, unit: "ms" },
      { figure: "fast_list_mb", what: `${all}: its size`, unit: "MB" },
      { figure: "fast_server_cpu_s", what: `${all}: processor time`, unit: "s" },
      { figure: "fast_rss_before_mb", what: `${all}: memory before it`, unit: "MB" },
      { figure: "slow_rss_added_mb", what: `${slow}: memory added`, unit: "MB", target: memoryMbMax },
      { figure: "packed_rss_added_mb", what: `${all} with gzip: memory added`, unit: "MB", target: memoryMbMax },
      { figure: "packed_first_byte_ms", what: `${all} with gzip: first byte`, unit: "ms", target: firstByteMsMax },
      { figure: "packed_all_ms", what: `${all} with gzip: all of it`, unit: "ms" },
      { figure: "protobuf_rss_added_mb", what: `${all} in protobuf: memory added`, unit: "MB", target: memoryMbMax },
      { figure: "protobuf_all_ms", what: `${all} in protobuf: all of it`, unit: "ms" },
      { ...events, figure: "events_rss_added_mb", what: `${state}: memory added`, unit: "MB", target: memoryMbMax },
      { ...events, figure: "events_first_byte_ms", what: `${state}: first byte`, unit: "ms", target: firstByteMsMax },
      { ...events, figure: "events_all_ms", what: `${state}: all of it`, unit: "ms" },
      { figure: "few_first_byte_ms", what: `${some}: first byte`, unit: "ms", target: firstByteMsMax },
      { figure: "few_all_ms", what: `${some}: all of it`, unit: "ms" },
    ];
  },
};
