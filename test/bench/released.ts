/** Our API server as it is released: bundled, and started as `kubets up` starts it over an etcd of its own. */
import { dirname } from "node:path";
import { soleWriterFlag } from "#pkg/cluster/apiserver-flags.ts";
import { engineFlags } from "#pkg/cluster/supervisor/children.ts";
import { nodeEnvironment } from "#pkg/cluster/supervisor/compile-cache.ts";
import type { Program } from "../compare/live/servers.ts";

export const releasedEntry = new URL("../../dist/kube-apiserver.mjs", import.meta.url).pathname;

export const released = (entry = releasedEntry): Program => ({
  command: [process.execPath, ...engineFlags(["kube-apiserver"]), entry, `--${soleWriterFlag}=true`],
  env: nodeEnvironment(entry, { dataDir: dirname(entry) }),
});
