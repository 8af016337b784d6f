/** Upstream's flags of kube-scheduler, read into what the program needs. */
import yargs from "yargs";
import { type Connection, connectionFromKubeconfig, type ElectionOptions } from "#pkg/client/index.ts";
import { acceptedFlags } from "#pkg/component/accepted-flags.ts";
import { clientFlags, logLevelOf } from "#pkg/component/client-flags.ts";
import type { PagesOptions } from "#pkg/component/pages.ts";
import { electionFlags, electionOf, servingFlags, servingOf } from "#pkg/component/serving-flags.ts";
import { selfSignedServing } from "#pkg/pki/index.ts";

const name = "kube-scheduler";
const defaultPort = 10_259;

export interface SchedulerFlags {
  readonly connection: Connection;
  /** undefined: health and metrics are served nowhere. */
  readonly serving: Omit<PagesOptions, "registry"> | undefined;
  readonly election: ElectionOptions;
}

/** Throws for unknown flags, bad values and files that cannot be read. Sets the log level that `--v` asks for. */
export async function parseFlags(argv: readonly string[]): Promise<SchedulerFlags> {
  const flags = await yargs([...argv])
    .scriptName(name)
    .parserConfiguration({ "camel-case-expansion": false, "greedy-arrays": false })
    .options({
      ...acceptedFlags,
      ...clientFlags,
      ...servingFlags(defaultPort),
      ...electionFlags(name),
      master: { type: "string", default: "", describe: "the API server, instead of the kubeconfig's" },
    })
    .strict()
    .version("Kubernetes v1.35.4+kubets")
    .parse();
  process.env["KUBETS_LOG_LEVEL"] ??= logLevelOf(flags.v);
  return {
    connection: await connectionFromKubeconfig(flags.kubeconfig, flags.master === "" ? {} : { server: flags.master }),
    serving: await servingOf(flags, () => selfSignedServing(name)),
    election: electionOf(flags),
  };
}
