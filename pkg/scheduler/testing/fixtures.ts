/** Short builders for the facts that scheduler tests state. */
import type { Container, Node, Pod, PodSpec } from "#api/types/core/v1";
import { ClusterCache } from "../cache/cluster-cache.ts";
import { podInfoOf } from "../cache/pod-info.ts";
import type { PodInfo } from "../cache/types.ts";
import { findNode, type Search } from "../find-node.ts";
import type { BindContext, Plugin } from "../framework/plugin.ts";
import { Profile } from "../framework/profile.ts";
import { Nominations } from "../nominations.ts";

/** Nothing ends it, and nobody waits for a place. */
export const bindContext: BindContext = { signal: new AbortController().signal, aside: (work) => work() };

export interface PodFacts {
  readonly cpu?: string;
  readonly memory?: string;
  readonly labels?: Record<string, string>;
  readonly on?: string;
  readonly priority?: number;
  readonly hostPort?: number;
  readonly spec?: Partial<PodSpec>;
  readonly startTime?: string;
  readonly namespace?: string;
}

export function pod(name: string, facts: PodFacts = {}): Pod {
  const requests = { ...(facts.cpu ? { cpu: facts.cpu } : {}), ...(facts.memory ? { memory: facts.memory } : {}) };
  const container: Container = {
    name: "c",
    image: "app",
    resources: { requests },
    ...(facts.hostPort ? { ports: [{ containerPort: 80, hostPort: facts.hostPort }] } : {}),
  };
  return {
    metadata: { name, namespace: facts.namespace ?? "default", uid: `uid-${name}`, labels: facts.labels ?? {} },
    spec: {
      containers: [container],
      priority: facts.priority ?? 0,
      schedulerName: "default-scheduler",
      ...(facts.on ? { nodeName: facts.on } : {}),
      ...facts.spec,
    },
    status: facts.startTime ? { startTime: facts.startTime } : {},
  };
}

export const info = (name: string, facts: PodFacts = {}): PodInfo => podInfoOf(pod(name, facts));

export interface NodeFacts {
  readonly cpu?: string;
  readonly memory?: string;
  readonly pods?: string;
  readonly labels?: Record<string, string>;
  readonly spec?: Node["spec"];
  readonly images?: Record<string, number>;
}

export function node(name: string, facts: NodeFacts = {}): Node {
  const { cpu = "4", memory = "8Gi", pods = "110" } = facts;
  return {
    metadata: { name, labels: { "kubernetes.io/hostname": name, ...facts.labels } },
    spec: facts.spec ?? {},
    status: {
      allocatable: { cpu, memory, pods },
      images: Object.entries(facts.images ?? {}).map(([image, sizeBytes]) => ({ names: [image], sizeBytes })),
    },
  };
}

export function cluster(nodes: readonly Node[], pods: readonly Pod[] = []): ClusterCache {
  const cache = new ClusterCache();
  for (const each of nodes) cache.setNode(each);
  for (const each of pods) cache.setPod(each);
  return cache;
}

export function profileOf(...plugins: Plugin[]): Profile {
  return new Profile({
    schedulerName: "default-scheduler",
    plugins: plugins.map((plugin) => ({ plugin })),
    postFilters: [],
  });
}

/** The chosen node's name, or the search itself when there is none. Ties go to the first. */
export function search(cache: ClusterCache, wanted: PodInfo, plugins: readonly Plugin[]): Search {
  return findNode(wanted, {
    cache,
    profile: profileOf(...plugins),
    nominations: new Nominations(),
    startAt: 0,
    random: () => 1,
  });
}
