/** The flags of the two internal commands, which this program itself writes: `--data-dir DIR`, `--node N` and names. */
import { parseArgs } from "node:util";
import { type ClusterConfig, readConfig } from "#pkg/cluster/config.ts";

export interface Place {
  readonly config: ClusterConfig;
  readonly names: readonly string[];
  /** The node's number, from 1. */
  readonly node: number;
}

/** Throws when there is no cluster. */
export async function readPlace(args: readonly string[]): Promise<Place> {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      "data-dir": { type: "string", default: "/var/lib/kubets" },
      node: { type: "string", default: "1" },
    },
  });
  const config = await readConfig(values["data-dir"]);
  if (!config) throw new Error(`there is no cluster in ${values["data-dir"]}: run \`kubets up\` first`);
  return { config, names: positionals, node: Number(values.node) };
}
