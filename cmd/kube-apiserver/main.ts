#!/usr/bin/env node
/** The API server as a program of its own. */
import { parseFlags, startApiServer } from "#pkg/apiserver/index.ts";
import { letHeapGrow } from "#pkg/component/heap.ts";
import { untilSignal } from "#pkg/component/signals.ts";

letHeapGrow();
const options = await parseFlags(process.argv.slice(2));
await using server = await startApiServer(options, { signal: untilSignal("SIGINT", "SIGTERM") });
await server.stopped;
