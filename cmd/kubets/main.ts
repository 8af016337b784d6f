#!/usr/bin/env node
/** `kubets`: a cluster on one machine. The two long-running commands load nothing of what only people need. */
import { enableCompileCache } from "node:module";

enableCompileCache();
const [command, ...rest] = process.argv.slice(2);

async function main(): Promise<number> {
  switch (command) {
    case "supervise":
      return (await import("./supervise.ts")).superviseCommand(rest);
    case "run":
      return (await import("./run.ts")).runCommand(rest);
    default:
      return (await import("./commands.ts")).runCommandLine(process.argv.slice(2));
  }
}

// Whatever is still open (a connection that is closing, a timer) must not keep a command that is done.
process.exit(await main());
