/** One query to one response: the cluster's own names from the zone, the rest from upstream. */
import * as packets from "dns-packet";
import { type AnswerOptions, answer } from "./answer.ts";
import type { Forwarder } from "./forward.ts";
import type { Zone } from "./zone.ts";

export interface ResolverOptions extends AnswerOptions {
  readonly zone: Zone;
  readonly forwarder: Forwarder;
  /** Counts every response by rcode, for metrics. */
  readonly onResponse?: (rcode: Rcode, question: packets.Question | undefined) => void;
}

export type Rcode = "NOERROR" | "FORMERR" | "SERVFAIL" | "NXDOMAIN" | "NOTIMP" | "REFUSED";

const rcodes: Record<Rcode, number> = { NOERROR: 0, FORMERR: 1, SERVFAIL: 2, NXDOMAIN: 3, NOTIMP: 4, REFUSED: 5 };

/** The four bits of the header's flags that name the operation; 0 is a standard query. */
const opcodeMask = 0x7800;
const rcodeMask = 0x000f;

function rcodeOf({ flags = 0 }: packets.Packet): Rcode {
  const found = Object.entries(rcodes).find(([, code]) => code === (flags & rcodeMask));
  return (found?.[0] as Rcode | undefined) ?? "SERVFAIL";
}

interface Result {
  readonly rcode: Rcode;
  readonly authoritative: boolean;
  readonly answers?: readonly packets.Answer[];
  readonly authorities?: readonly packets.Answer[];
  readonly additionals?: readonly packets.Answer[];
}

export class Resolver {
  readonly #options: ResolverOptions;

  constructor(options: ResolverOptions) {
    this.#options = options;
  }

  /** The response packet for a decoded query. */
  async respond(query: packets.DecodedPacket, signal: AbortSignal): Promise<packets.Packet> {
    const question = query.questions?.[0];
    const result = await this.#resolve(query, question, signal);
    this.#options.onResponse?.(result.rcode, question);
    const flags =
      rcodes[result.rcode] |
      packets.RECURSION_AVAILABLE |
      (result.authoritative ? packets.AUTHORITATIVE_ANSWER : 0) |
      (query.flag_rd ? packets.RECURSION_DESIRED : 0);
    const edns = query.additionals?.find((record) => record.type === "OPT");
    return {
      type: "response",
      id: query.id ?? 0,
      flags,
      questions: question ? [question] : [],
      answers: [...(result.answers ?? [])],
      authorities: [...(result.authorities ?? [])],
      additionals: [...(result.additionals ?? []), ...(edns ? [ednsRecord()] : [])],
    };
  }

  async #resolve(
    query: packets.DecodedPacket,
    question: packets.Question | undefined,
    signal: AbortSignal,
  ): Promise<Result> {
    const isQuery = ((query.flags ?? 0) & opcodeMask) === 0;
    if (!isQuery || query.questions?.length !== 1 || !question) {
      return { rcode: isQuery ? "FORMERR" : "NOTIMP", authoritative: false };
    }
    const reply = answer(question, this.#options.zone, this.#options);
    switch (reply.kind) {
      case "answers":
        return { rcode: "NOERROR", authoritative: true, answers: reply.answers, additionals: reply.additionals ?? [] };
      case "empty":
        return { rcode: "NOERROR", authoritative: true, authorities: [this.#soa()] };
      case "missing":
        return { rcode: "NXDOMAIN", authoritative: true, authorities: [this.#soa()] };
      case "alias":
        return this.#followAlias(question, reply.target, signal);
      case "foreign":
        return this.#forward(question, signal);
    }
  }

  async #followAlias(question: packets.Question, target: string, signal: AbortSignal): Promise<Result> {
    const alias: packets.Answer = { type: "CNAME", name: question.name, ttl: this.#options.ttlSeconds, data: target };
    if (question.type === "CNAME") return { rcode: "NOERROR", authoritative: true, answers: [alias] };
    const inner = answer({ ...question, name: target }, this.#options.zone, this.#options);
    if (inner.kind === "answers") return { rcode: "NOERROR", authoritative: true, answers: [alias, ...inner.answers] };
    if (inner.kind !== "foreign") return { rcode: "NOERROR", authoritative: true, answers: [alias] };
    const outer = await this.#options.forwarder.ask({ ...question, name: target }, signal);
    return { rcode: "NOERROR", authoritative: true, answers: [alias, ...(outer?.answers ?? [])] };
  }

  async #forward(question: packets.Question, signal: AbortSignal): Promise<Result> {
    const reply = await this.#options.forwarder.ask(question, signal);
    if (!reply) return { rcode: "SERVFAIL", authoritative: false };
    const rcode = rcodeOf(reply);
    return { rcode, authoritative: false, answers: reply.answers ?? [], authorities: reply.authorities ?? [] };
  }

  #soa(): packets.Answer {
    const { domain, ttlSeconds } = this.#options;
    const serial = Math.floor(Date.now() / 1000);
    const data = {
      mname: `ns.dns.${domain}`,
      rname: `hostmaster.${domain}`,
      serial,
      refresh: 7200,
      retry: 1800,
      expire: 86400,
      minimum: ttlSeconds,
    };
    return { type: "SOA", name: domain, ttl: ttlSeconds, data };
  }
}

function ednsRecord(): packets.Answer {
  return {
    type: "OPT",
    name: ".",
    udpPayloadSize: 1232,
    flags: 0,
    options: [],
    extendedRcode: 0,
    ednsVersion: 0,
    flag_do: false,
  } as unknown as packets.Answer;
}
