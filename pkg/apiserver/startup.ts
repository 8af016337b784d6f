/** How far the server's start has come, and what /healthz, /livez and /readyz say of it under the names that upstream has. */
import type { HealthCheck, HealthChecks } from "./pages/health.ts";

/** What is done after the server has begun to serve. Extensions, policies and RBAC are read before. */
export type Stage = "bootstrap objects" | "allocators" | "trust" | "kubernetes Service" | "API services";

export class Startup {
  readonly #done = new Set<Stage>();

  finished(stage: Stage): void {
    this.#done.add(stage);
  }

  /** Throws while the stage lasts. */
  ensure(stage: Stage): void {
    if (!this.#done.has(stage)) throw new Error(`${stage}: not finished`);
  }
}

type Hook = readonly [name: string, stage?: Stage];

/** Upstream's hooks, and the stage in which ours do the same; none: it is done before the first request. */
const hooks: readonly Hook[] = [
  ["start-apiserver-admission-initializer"],
  ["generic-apiserver-start-informers"],
  ["priority-and-fairness-config-consumer"],
  ["priority-and-fairness-filter"],
  ["storage-object-count-tracker-hook"],
  ["start-apiextensions-informers"],
  ["start-apiextensions-controllers"],
  ["crd-informer-synced"],
  ["start-system-namespaces-controller", "bootstrap objects"],
  ["start-cluster-authentication-info-controller", "trust"],
  ["start-service-ip-repair-controllers", "allocators"],
  ["rbac/bootstrap-roles", "bootstrap objects"],
  ["scheduling/bootstrap-system-priority-classes", "bootstrap objects"],
  ["priority-and-fairness-config-producer", "bootstrap objects"],
  ["bootstrap-controller", "kubernetes Service"],
  ["start-kubernetes-service-cidr-controller", "bootstrap objects"],
  ["start-kube-aggregator-informers"],
  ["apiservice-status-local-available-controller", "API services"],
  ["apiservice-status-remote-available-controller", "API services"],
  ["apiservice-registration-controller", "API services"],
  ["apiservice-discovery-controller"],
  ["kube-apiserver-autoregistration", "API services"],
  ["apiservice-openapi-controller"],
  ["apiservice-openapiv3-controller"],
];

export interface HealthFacts {
  readonly startup: Startup;
  /** Rejects when etcd does not answer. */
  readonly etcd: HealthCheck;
  readonly stopping: AbortSignal;
  readonly priorityAndFairness: boolean;
}

/** Those that there are only with priority and fairness. */
const fairnessHooks = new Set(["priority-and-fairness-config-consumer", "priority-and-fairness-filter"]);

export function healthChecks({ startup, etcd, stopping, priorityAndFairness }: HealthFacts): HealthChecks {
  const shutdown: HealthCheck = () => {
    if (stopping.aborted) throw new Error("process is shutting down");
  };
  const served = hooks.filter(([name]) => priorityAndFairness || !fairnessHooks.has(name));
  const live: [string, HealthCheck][] = [
    ["ping", () => {}],
    ["log", () => {}],
    ["etcd", etcd],
    ...served.map(([name, stage]): [string, HealthCheck] => [
      `poststarthook/${name}`,
      () => {
        if (stage) startup.ensure(stage);
      },
    ]),
    ["autoregister-completion", () => startup.ensure("API services")],
  ];
  const ready: [string, HealthCheck][] = [
    ...live,
    ["etcd-readiness", etcd],
    ["informer-sync", () => {}],
    ["shutdown", shutdown],
  ];
  return { live: new Map(live), ready: new Map(ready) };
}
