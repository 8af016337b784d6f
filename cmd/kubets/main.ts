#!/usr/bin/env node
/** `kubets`: a cluster on one machine. Each command loads only the modules that it needs. */
import { enableCompileCache } from "node:module";

enableCompileCache();
const { runCommandLine } = await import("./commands.ts");
// Whatever is still open (a connection that is closing, a timer) must not keep a command that is done.
process.exit(await runCommandLine(process.argv.slice(2)));
