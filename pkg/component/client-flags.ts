/** The flags by which every component finds the API server, by upstream's names. */
import type { Options } from "yargs";

export const clientFlags = {
  kubeconfig: { type: "string", demandOption: true, describe: "kubeconfig file with the API server and our identity" },
  v: { type: "number", default: 0, describe: "log verbosity: 4 and more means debug" },
} as const satisfies Record<string, Options>;

/** pino's level for upstream's verbosity. */
export const logLevelOf = (verbosity: number): string => (verbosity >= 6 ? "trace" : verbosity >= 4 ? "debug" : "info");

/** `0.0.0.0:10256` → address and port. Throws with a clear sentence for anything else. */
export function parseBindAddress(text: string): { bindAddress: string; port: number } {
  const found = /^(.*):(\d{1,5})$/.exec(text);
  if (!found || Number(found[2]) > 65_535) throw new Error(`${JSON.stringify(text)} is no address and port`);
  return { bindAddress: found[1]!.replace(/^\[|\]$/g, ""), port: Number(found[2]) };
}
