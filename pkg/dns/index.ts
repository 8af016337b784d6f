/** kube-dns as a component: serves the names of Services and pods, and forwards the rest. */
import { Counter, Registry } from "prom-client";
import { resources } from "#api/gen/resources.ts";
import { type Clock, systemClock } from "#pkg/apimachinery/clock.ts";
import type { Component } from "#pkg/apimachinery/component.ts";
import type { Logger } from "#pkg/apimachinery/log.ts";
import { keyOf } from "#pkg/apimachinery/object.ts";
import type { Client, InformerSet } from "#pkg/client/types.ts";
import { Forwarder, serversOf } from "./forward.ts";
import { register } from "./register.ts";
import { Resolver } from "./resolver.ts";
import { serveDns } from "./server.ts";
import { Zone } from "./zone.ts";

export interface DnsOptions {
  readonly client: Client;
  /** The caller starts them after `startDns` returns. */
  readonly informers: InformerSet;
  readonly log: Logger;
  readonly clock?: Clock;
  readonly registry?: Registry;
  /** `cluster.local` by default. */
  readonly clusterDomain?: string;
  readonly bindAddress: string;
  /** 0 takes any free port. */
  readonly port: number;
  /** The Service address to register, with the address at which pods reach this server; absent: no registration. */
  readonly advertise?: { readonly clusterIp: string; readonly address: string };
  /** Name servers for everything else; default: those of /etc/resolv.conf. */
  readonly upstreams?: readonly string[];
}

const ttlSeconds = 30;
const registerRetryMs = 2_000;

export interface DnsComponent extends Component {
  readonly port: number;
}

export async function startDns(options: DnsOptions, { signal }: { signal: AbortSignal }): Promise<DnsComponent> {
  const { informers, log, clock = systemClock } = options;
  const stop = new AbortController();
  const until = AbortSignal.any([signal, stop.signal]);
  const zone = new Zone();
  fillZone(zone, informers);
  const servers = options.upstreams ?? (await serversOf("/etc/resolv.conf"));
  const forwarder = new Forwarder({ servers, now: () => clock.now() });
  const responses = new Counter({
    name: "coredns_dns_responses_total",
    help: "Responses by rcode.",
    labelNames: ["rcode"],
    registers: [options.registry ?? new Registry()],
  });
  const resolver = new Resolver({
    zone,
    forwarder,
    ttlSeconds,
    domain: options.clusterDomain ?? "cluster.local",
    onResponse: (rcode) => responses.inc({ rcode }),
  });
  const server = await serveDns({ resolver, address: options.bindAddress, port: options.port, log });
  const registered = options.advertise ? keepRegistered(options, server.port, until) : Promise.resolve();
  const ended = Promise.withResolvers<void>();
  until.addEventListener("abort", () => ended.resolve(), { once: true });
  const stopped = ended.promise.then(async () => {
    await Promise.all([server[Symbol.asyncDispose](), registered]);
  });
  return {
    port: server.port,
    stopped,
    async [Symbol.asyncDispose]() {
      stop.abort();
      await stopped;
    },
  };
}

function fillZone(zone: Zone, informers: InformerSet): void {
  informers.informer(resources.services).addHandler({
    added: (service) => zone.setService(service),
    updated: (service) => zone.setService(service),
    deleted: (service) => zone.removeService(keyOf(service)),
  });
  informers.informer(resources.endpointslices).addHandler({
    added: (slice) => zone.setSlice(slice),
    updated: (slice, old) => {
      zone.removeSlice(old);
      zone.setSlice(slice);
    },
    deleted: (slice) => zone.removeSlice(slice),
  });
}

/** The API server may not be up yet, and kube-system may still be missing: tries until it has worked once. */
async function keepRegistered(options: DnsOptions, port: number, signal: AbortSignal): Promise<void> {
  const { client, log, clock = systemClock, advertise } = options;
  while (advertise && !signal.aborted) {
    try {
      await register({ client, ...advertise, port, signal });
      return;
    } catch (error) {
      if (signal.aborted) return;
      log.warn({ err: error }, "dns service could not be registered yet");
      await clock.sleep(registerRetryMs, signal).catch(() => undefined);
    }
  }
}
