#!/usr/bin/env node
/** The API server as a program of its own. */
import { parseFlags, startApiServer } from "#pkg/apiserver/index.ts";
import { tuneEngine } from "#pkg/component/engine.ts";
import { untilSignal } from "#pkg/component/signals.ts";

tuneEngine();
const options = await parseFlags(process.argv.slice(2));
await using server = await startApiServer(options, { signal: untilSignal("SIGINT", "SIGTERM") });
await server.stopped;
