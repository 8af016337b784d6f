/** What the server needs of the kubelet. */
import type { Metric } from "prom-client";
import type { Pod, PodStatus } from "#api/types/core/v1";
import type { Clock } from "#pkg/apimachinery/clock.ts";
import type { Logger } from "#pkg/apimachinery/log.ts";
import type { Client } from "#pkg/client/index.ts";
import type { CgroupUsage } from "../cgroups/usage.ts";
import type { Cri } from "../cri/client.ts";
import type { PodRecord } from "../runtime/state.ts";

export interface KnownPod {
  readonly pod: Pod;
  /** As this kubelet computed it; may be newer than the API's. */
  readonly status: PodStatus;
}

export interface ServerHost {
  readonly nodeName: string;
  readonly client: Client;
  readonly cri: Cri;
  readonly clock: Clock;
  readonly log: Logger;
  readonly rootDir: string;
  readonly nodeIPs: readonly string[];
  pods(): Iterable<KnownPod>;
  record(uid: string): Promise<PodRecord>;
  /** Of the root control group. */
  machineUsage(): Promise<CgroupUsage>;
  /** A KubeletConfiguration, as JSON. */
  readonly configuration: object;
  /** Metrics of other rooms, for /metrics. */
  readonly collectors: readonly Metric[];
}

export interface ServerOptions {
  /** Default all addresses. */
  readonly address?: string;
  /** PEM; without both a certificate is made and kept below the root directory. */
  readonly certificate?: { readonly cert: string; readonly key: string };
  /** PEM of the authority of client certificates. */
  readonly clientCa?: string;
  /** Serves requests without credentials, as `system:anonymous`. Default false. */
  readonly anonymous?: boolean;
  /** Asks the API server who sends a bearer token. Default true. */
  readonly tokenReview?: boolean;
  /** Default Webhook: asks the API server. */
  readonly authorization?: "AlwaysAllow" | "Webhook";
  /** Default 10 MiB. */
  readonly containerLogBytesMax?: number;
  /** Default 5, with the one being written. */
  readonly containerLogFilesMax?: number;
}

/** An answer in plain text, as kubelets give. */
export class HttpError extends Error {
  override readonly name = "HttpError";
  readonly status: number;

  constructor(status: number, message: string, options?: ErrorOptions) {
    super(message, options);
    this.status = status;
  }
}

export function findPod(host: ServerHost, namespace: string, name: string): KnownPod | undefined {
  let found: KnownPod | undefined;
  for (const known of host.pods()) {
    const { metadata } = known.pod;
    if (metadata.namespace !== namespace || metadata.name !== name) continue;
    // A successor of the same name may be there before the old one is gone.
    if (!found || found.pod.metadata.deletionTimestamp) found = known;
  }
  return found;
}
