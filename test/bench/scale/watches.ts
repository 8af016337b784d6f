/** A thousand watches of one resource, each over its own connection, while it is written at a steady rate. */
import { load } from "./measured.ts";
import { counted, type Section } from "./section.ts";

const rate = 200;
const seconds = 30;
const lagMsMax = 500;

export const watches: Section = {
  name: "watches",
  title: "watches",
  msMax: 180_000,
  // Upstream cuts off watches that it cannot serve in time; ours may not.
  measure: (target, { watchers }) =>
    load(target, "watch", { watchers, rate, seconds, lossy: target.name === "upstream" }),
  rows({ watchers }) {
    const all = `${counted(watchers)} watches, ${rate} writes/s for ${seconds} s`;
    return [
      { figure: "lost", what: `${all}: events lost`, unit: "events", target: 0 },
      { figure: "lag_p99_ms", what: `${all}: lag p99`, unit: "ms", target: lagMsMax },
      { figure: "lag_p50_ms", what: `${all}: lag p50`, unit: "ms" },
      { figure: "lag_max_ms", what: `${all}: lag at most`, unit: "ms" },
      { figure: "events_per_s", what: `${all}: events seen`, unit: "1/s" },
      { figure: "event_bytes", what: `${all}: size of an event`, unit: "bytes" },
      { figure: "write_p99_ms", what: `${all}: write p99`, unit: "ms" },
      { figure: "put_off", what: `${all}: writes put off (429)`, unit: "writes" },
      { figure: "server_cpu_of_core", what: `${all}: the server's processor time`, unit: "cores" },
      { figure: "client_cpu_of_core", what: `${all}: the client's processor time`, unit: "cores" },
      { figure: "rss_added_mb", what: `${all}: memory added`, unit: "MB" },
    ];
  },
};
