/** The flags by which controller manager and scheduler say where they serve health and metrics, and who leads. */
import { readFile } from "node:fs/promises";
import type { Options } from "yargs";
import { parseDuration } from "#pkg/apimachinery/time/index.ts";
import type { PagesOptions } from "./pages.ts";

export const servingFlags = (securePort: number) =>
  ({
    "bind-address": { type: "string", default: "0.0.0.0", describe: "where health and metrics are served" },
    "secure-port": { type: "number", default: securePort, describe: "0: nowhere" },
    "tls-cert-file": { type: "string", default: "", describe: "certificate of that port; one of its own when absent" },
    "tls-private-key-file": { type: "string", default: "" },
  }) as const satisfies Record<string, Options>;

interface ServingFlags {
  readonly "bind-address": string;
  readonly "secure-port": number;
  readonly "tls-cert-file": string;
  readonly "tls-private-key-file": string;
}

interface Certificate {
  readonly cert: string;
  readonly key: string;
}

/** undefined with `--secure-port=0`; `issue` is asked for a certificate when none is given. Throws when a file cannot be read. */
export async function servingOf(
  flags: ServingFlags,
  issue: () => Promise<Certificate>,
): Promise<Omit<PagesOptions, "registry"> | undefined> {
  if (flags["secure-port"] === 0) return undefined;
  const [cert, key] = [flags["tls-cert-file"], flags["tls-private-key-file"]];
  const tls = cert === "" ? await issue() : { cert: await readFile(cert, "utf8"), key: await readFile(key, "utf8") };
  return { bindAddress: flags["bind-address"], port: flags["secure-port"], tls };
}

export const electionFlags = (name: string) =>
  ({
    "leader-elect": { type: "boolean", default: true, describe: "only one of several copies works" },
    "leader-elect-lease-duration": { type: "string", default: "15s" },
    "leader-elect-renew-deadline": { type: "string", default: "10s" },
    "leader-elect-retry-period": { type: "string", default: "2s" },
    "leader-elect-resource-lock": { choices: ["leases"], default: "leases" },
    "leader-elect-resource-name": { type: "string", default: name },
    "leader-elect-resource-namespace": { type: "string", default: "kube-system" },
  }) as const satisfies Record<string, Options>;

interface ElectionFlags {
  readonly "leader-elect": boolean;
  readonly "leader-elect-lease-duration": string;
  readonly "leader-elect-renew-deadline": string;
  readonly "leader-elect-retry-period": string;
  readonly "leader-elect-resource-name": string;
  readonly "leader-elect-resource-namespace": string;
}

/** Throws for a duration that is none, and for times with which two copies could lead at once. */
export function electionOf(flags: ElectionFlags) {
  const leaseMs = parseDuration(flags["leader-elect-lease-duration"]);
  const renewDeadlineMs = parseDuration(flags["leader-elect-renew-deadline"]);
  const retryMs = parseDuration(flags["leader-elect-retry-period"]);
  if (leaseMs <= renewDeadlineMs) throw new Error("leaseDuration must be greater than renewDeadline");
  if (renewDeadlineMs <= retryMs) throw new Error("renewDeadline must be greater than retryPeriod");
  return {
    enabled: flags["leader-elect"],
    namespace: flags["leader-elect-resource-namespace"],
    name: flags["leader-elect-resource-name"],
    leaseMs,
    renewDeadlineMs,
    retryMs,
  };
}
