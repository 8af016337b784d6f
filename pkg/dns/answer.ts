/** What the cluster domain answers to one question: the Kubernetes DNS specification 1.1.0, as a pure function of the zone. */
import { isIP } from "node:net";
import type { Answer, Question as TypedQuestion } from "dns-packet";
import type { ServiceEndpoint, ServiceEntry, Zone } from "./zone.ts";

export type Reply =
  | { readonly kind: "answers"; readonly answers: readonly Answer[]; readonly additionals?: readonly Answer[] }
  /** The name exists, but not with this type. */
  | { readonly kind: "empty" }
  | { readonly kind: "missing" }
  /** A CNAME to a name outside: the server resolves it for the client. */
  | { readonly kind: "alias"; readonly target: string }
  /** Not ours: ask upstream. */
  | { readonly kind: "foreign" };

/** `ANY` is a question only, which the library's types leave out. */
export type Question = Omit<TypedQuestion, "type"> & { type: TypedQuestion["type"] | "ANY" };

export interface AnswerOptions {
  /** Without a trailing dot: `cluster.local`. */
  readonly domain: string;
  readonly ttlSeconds: number;
}

export const specVersion = "1.1.0";

export function answer(question: Question, zone: Zone, options: AnswerOptions): Reply {
  const name = question.name.toLowerCase().replace(/\.$/, "");
  const { domain } = options;
  if (question.type === "PTR") return reverse(question.name, name, zone, options);
  if (name === domain) return { kind: "empty" };
  if (!name.endsWith(`.${domain}`)) return { kind: "foreign" };
  const labels = name.slice(0, -domain.length - 1).split(".");
  if (labels.length === 1 && labels[0] === "dns-version") return versionRecord(question, options);
  const kind = labels.pop();
  const namespace = labels.pop();
  if (kind === "svc") return serviceReply(question, labels, namespace, zone, options);
  if (kind === "pod") return podReply(question, labels, namespace, options);
  return { kind: "missing" };
}

function versionRecord(question: Question, { ttlSeconds: ttl }: AnswerOptions): Reply {
  if (question.type !== "TXT") return { kind: "empty" };
  return { kind: "answers", answers: [{ type: "TXT", name: question.name, ttl, data: specVersion }] };
}

function serviceReply(
  question: Question,
  labels: string[],
  namespace: string | undefined,
  zone: Zone,
  options: AnswerOptions,
): Reply {
  if (namespace === undefined) return { kind: "empty" };
  const name = labels.pop();
  if (name === undefined) return { kind: zone.hasNamespace(namespace) ? "empty" : "missing" };
  const service = zone.service(namespace, name);
  if (!service) return { kind: "missing" };
  if (service.externalName !== undefined && labels.length === 0) return { kind: "alias", target: service.externalName };
  if (labels.length === 2 && labels[0]!.startsWith("_") && labels[1]!.startsWith("_")) {
    return serviceRecords(
      question,
      { port: labels[0]!.slice(1), protocol: labels[1]!.slice(1) },
      service,
      zone,
      options,
    );
  }
  if (labels.length > 1) return { kind: "missing" };
  const endpoints = zone.endpoints(service);
  if (labels.length === 1) {
    return addresses(
      question,
      endpoints.filter((e) => e.label === labels[0]).map((e) => e.address),
      options,
    );
  }
  if (service.headless) {
    if (question.type === "SRV") return serviceRecords(question, {}, service, zone, options);
    return endpoints.length === 0
      ? { kind: "missing" }
      : addresses(
          question,
          endpoints.map((e) => e.address),
          options,
        );
  }
  if (question.type === "SRV") return serviceRecords(question, {}, service, zone, options);
  return addresses(question, service.clusterIps, options);
}

/** A and AAAA records of the family that was asked for. */
function addresses({ name, type }: Question, all: readonly string[], { ttlSeconds: ttl }: AnswerOptions): Reply {
  if (all.length === 0) return { kind: "missing" };
  const of = [...new Set(all)]
    .map((data) => addressRecord(name, data, ttl))
    .filter((record) => type === "ANY" || record.type === type);
  return of.length === 0 ? { kind: "empty" } : { kind: "answers", answers: of };
}

function addressRecord(name: string, data: string, ttl: number): Answer & { type: "A" | "AAAA" } {
  return { type: isIP(data) === 6 ? "AAAA" : "A", name, ttl, data };
}

interface PortQuestion {
  readonly port?: string;
  readonly protocol?: string;
}

function serviceRecords(
  question: Question,
  wanted: PortQuestion,
  service: ServiceEntry,
  zone: Zone,
  options: AnswerOptions,
): Reply {
  const { name, type } = question;
  const base = `${service.name}.${service.namespace}.svc.${options.domain}`;
  const targets: { target: string; addresses: readonly string[]; ports: ServiceEndpoint["ports"] }[] = service.headless
    ? zone.endpoints(service).map((e) => ({ target: `${e.label}.${base}`, addresses: [e.address], ports: e.ports }))
    : [{ target: base, addresses: service.clusterIps, ports: service.ports }];
  const fits = (port: { name: string; protocol: string }) =>
    (wanted.port === undefined || wanted.port === port.name) &&
    (wanted.protocol === undefined || wanted.protocol === port.protocol);
  const found = targets.flatMap((t) =>
    t.ports.filter((p) => p.name !== "" && fits(p)).map((p) => ({ ...t, port: p.port })),
  );
  if (found.length === 0) return { kind: "missing" };
  if (type !== "SRV" && type !== "ANY") return { kind: "empty" };
  const ttl = options.ttlSeconds;
  const weight = Math.max(1, Math.floor(100 / found.length));
  return {
    kind: "answers",
    answers: found.map(({ target, port }) => ({ type: "SRV", name, ttl, data: { priority: 0, weight, port, target } })),
    additionals: found.flatMap(({ target, addresses: ips }) => ips.map((ip) => addressRecord(target, ip, ttl))),
  };
}

/** `10-244-0-7.default.pod.cluster.local`: the address is in the name. */
function podReply(question: Question, labels: string[], namespace: string | undefined, options: AnswerOptions): Reply {
  if (namespace === undefined || labels.length === 0) return { kind: "empty" };
  if (labels.length > 1) return { kind: "missing" };
  const dashed = labels[0]!;
  const candidates = [dashed.replaceAll("-", "."), dashed.replaceAll("-", ":")];
  const address = candidates.find((candidate) => isIP(candidate) !== 0);
  return address ? addresses(question, [address], options) : { kind: "missing" };
}

function reverse(asked: string, name: string, zone: Zone, { domain, ttlSeconds: ttl }: AnswerOptions): Reply {
  const address = addressOfReverse(name);
  if (!address) return name.endsWith(`.${domain}`) ? { kind: "missing" } : { kind: "foreign" };
  const names = zone.namesOf(address);
  if (names.length === 0) return { kind: "foreign" };
  return {
    kind: "answers",
    answers: names.map((data) => ({ type: "PTR", name: asked, ttl, data: `${data}.${domain}` })),
  };
}

/** `4.3.2.1.in-addr.arpa` → `1.2.3.4`; `….ip6.arpa` → the address in full. */
export function addressOfReverse(name: string): string | undefined {
  if (name.endsWith(".in-addr.arpa")) {
    const address = name.slice(0, -".in-addr.arpa".length).split(".").reverse().join(".");
    return isIP(address) === 4 ? address : undefined;
  }
  if (!name.endsWith(".ip6.arpa")) return undefined;
  const digits = name.slice(0, -".ip6.arpa".length).split(".").reverse().join("");
  const groups = digits.length === 32 ? digits.match(/.{4}/g) : null;
  return groups ? compressIpv6(groups) : undefined;
}

function compressIpv6(groups: readonly string[]): string {
  return new URL(`http://[${groups.join(":")}]/`).hostname.slice(1, -1);
}
