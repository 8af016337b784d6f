#!/usr/bin/env node
/** The controllers as a program of their own. */
import { untilSignal } from "#pkg/component/signals.ts";
import { parseFlags, startControllerManager } from "#pkg/controller/index.ts";

const options = await parseFlags(process.argv.slice(2));
await using manager = await startControllerManager(options, { signal: untilSignal("SIGINT", "SIGTERM") });
await manager.stopped;
