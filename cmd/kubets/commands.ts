/** The commands of `kubets` for people. */
import yargs from "yargs";
import {
  type ClusterConfig,
  cleanUserKubeconfig,
  clusterStatus,
  consoleProgress,
  defaults,
  ensureRoot,
  formatStatus,
  isHealthy,
  loadImages,
  readConfig,
  removeState,
  showLogs,
  startCluster,
  stopCluster,
  UserError,
} from "#pkg/cluster/index.ts";
import { configWith, placeFlags, upFlags } from "./flags.ts";

type Arguments = Readonly<Record<string, unknown>>;

const dataDirOf = (args: Arguments): string => String(args["data-dir"]);

async function existing(args: Arguments): Promise<ClusterConfig> {
  const config = await readConfig(dataDirOf(args));
  if (!config) throw new UserError(`There is no cluster in ${dataDirOf(args)}: run \`kubets up\` first.`);
  return config;
}

async function up(args: Arguments): Promise<void> {
  ensureRoot();
  const base = (await readConfig(dataDirOf(args))) ?? defaults;
  await startCluster(configWith(base, args), consoleProgress());
}

async function down(args: Arguments): Promise<void> {
  ensureRoot();
  const config = await readConfig(dataDirOf(args));
  const progress = consoleProgress();
  if (!config) {
    progress.note(`There is no cluster in ${dataDirOf(args)}.`);
    return;
  }
  await stopCluster(config, { progress, graceSeconds: Number(args["grace-seconds"] ?? 0) });
  progress.note("The cluster is down; `kubets up` brings everything back.");
}

async function clean(args: Arguments): Promise<void> {
  ensureRoot();
  const config = (await readConfig(dataDirOf(args))) ?? configWith(defaults, args);
  const progress = consoleProgress();
  await stopCluster(config, { progress, graceSeconds: 0 });
  await removeState(config);
  if (config.mergeKubeconfig) await cleanUserKubeconfig(config);
  progress.note("Everything of the cluster is removed.");
}

async function status(args: Arguments): Promise<number> {
  const found = await clusterStatus(await existing(args));
  process.stdout.write(`${formatStatus(found)}\n`);
  return isHealthy(found) ? 0 : 1;
}

function parser(argv: readonly string[], result: { code: number }) {
  const graceFlag = { type: "number", default: 2, describe: "seconds that containers get to end" } as const;
  return yargs([...argv])
    .scriptName("kubets")
    .parserConfiguration({ "camel-case-expansion": false, "dot-notation": false })
    .options(placeFlags)
    .command("up", "start the cluster", { ...upFlags }, up)
    .command("down", "stop the cluster; its state stays", { "grace-seconds": graceFlag }, down)
    .command("clean", "stop the cluster and remove its state", { "run-dir": { type: "string" } }, clean)
    .command("status", "what runs, and how it does", {}, async (args) => {
      result.code = await status(args);
    })
    .command(
      "logs [component]",
      "the end of a component's log",
      (command) =>
        command
          .positional("component", { type: "string", default: "components" })
          .option("lines", { alias: "n", type: "number", default: 100 })
          .option("follow", { alias: "f", type: "boolean", default: false }),
      async (args) =>
        showLogs(await existing(args), { component: args.component, lines: args.lines, follow: args.follow }),
    )
    .command("image", "images of the nodes", (command) =>
      command
        .command(
          "load <file>",
          "import an OCI or docker archive into every node",
          (load) => load.positional("file", { type: "string", demandOption: true }),
          async (args) => {
            const names = await loadImages(await existing(args), args.file);
            process.stdout.write(names.map((name) => `${name}\n`).join(""));
          },
        )
        .demandCommand(1),
    )
    .demandCommand(1, "Say what to do.")
    .strict()
    .fail((message, error) => {
      throw error ?? new UserError(`${message} See \`kubets --help\`.`);
    })
    .help()
    .version(false);
}

/** Returns the exit code. */
export async function runCommandLine(argv: readonly string[]): Promise<number> {
  const result = { code: 0 };
  try {
    await parser(argv, result).parseAsync();
    return result.code;
  } catch (error) {
    const text = error instanceof UserError ? error.message : error instanceof Error ? error.stack : String(error);
    process.stderr.write(`${text}\n`);
    return 1;
  }
}
