/** What a controller manager is told; `flags.ts` reads it from the command line. */

import type { Clock } from "#pkg/apimachinery/clock.ts";
import type { Logger } from "#pkg/apimachinery/log.ts";
import type { Client, Connection, ElectionOptions } from "#pkg/client/index.ts";
import type { PagesOptions } from "#pkg/component/pages.ts";
import type { Controller } from "./framework/controller.ts";

/** Of the autoscaler of pods; times in ms. */
export interface HorizontalAutoscaling {
  readonly syncPeriodMs: number;
  /** How long a higher recommendation holds, for autoscalers that do not say. */
  readonly downscaleStabilizationMs: number;
  /** Part of the target, 0.1: a tenth. */
  readonly tolerance: number;
  readonly cpuInitializationMs: number;
  readonly initialReadinessDelayMs: number;
}

export interface ControllerManagerOptions {
  readonly connection: Connection;
  /** Instead of a client of `connection`, for processes that share one. */
  readonly client?: Client;
  /** Each controller writes as its own service account of kube-system, not as the connection's user. */
  readonly useServiceAccountCredentials?: boolean;
  /** `*` all that are on by default, `foo` this one, `-foo` not this one. */
  readonly controllers?: readonly string[];
  /** Controllers that only this process can run, beside upstream's. `controllers` selects among them too. */
  readonly further?: readonly Controller[];
  /** Absent: this copy works without asking whether another does. */
  readonly leaderElection?: ElectionOptions;
  /** PEM of the CA that pods trust: goes to `kube-root-ca.crt` in every namespace. Default: the connection's CA. */
  readonly rootCa?: string;
  /** PEM of the key that signs the tokens of service accounts; absent: token secrets stay empty. */
  readonly serviceAccountKey?: string;
  readonly clusterSigning?: { readonly cert: string; readonly key: string; readonly durationMs?: number };
  readonly clusterCidrs?: readonly string[];
  readonly allocateNodeCidrs?: boolean;
  /** Ranges of Services: no node gets any part of them. */
  readonly serviceCidrs?: readonly string[];
  readonly nodeCidrMaskSizeIpv4?: number;
  readonly nodeCidrMaskSizeIpv6?: number;
  readonly nodeMonitorGraceMs?: number;
  readonly nodeMonitorPeriodMs?: number;
  readonly terminatedPodGcThreshold?: number;
  readonly horizontalAutoscaling?: Partial<HorizontalAutoscaling>;
  /** Where health and metrics are served; absent: nowhere. */
  readonly serving?: Omit<PagesOptions, "registry">;
  readonly log?: Logger;
  readonly clock?: Clock;
}
