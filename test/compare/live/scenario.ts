/** Requests that both servers get, one after the other, and what is compared of their answers. */
import { setTimeout as sleep } from "node:timers/promises";
import type { Ask, LivePair, LiveServer, Reply } from "./servers.ts";

/** What earlier steps of the scenario got from this server: steps may need its resource versions and tokens. */
export interface Seen {
  /** The last answer's body, parsed. */
  readonly last: unknown;
  /** `metadata.resourceVersion` of the answers that were given a name. */
  readonly versions: ReadonlyMap<string, string>;
  readonly tokens: ReadonlyMap<string, string>;
}

export interface Step extends Ask {
  /** Printed with the step, where the path does not say what is special about it. */
  readonly note?: string;
  /** Keeps this answer's resourceVersion and continue token under a name. */
  readonly as?: string;
  /** Asks again, for ten seconds at most, until the answer is as it should be. */
  readonly until?: (body: unknown, code: number) => boolean;
}

export interface Scenario {
  readonly name: string;
  readonly steps: readonly (Step | ((seen: Seen) => Step))[];
}

export interface StepResult {
  readonly scenario: string;
  readonly step: string;
  readonly upstream: string;
  readonly ours: string;
  readonly same: boolean;
}

export async function runScenario(pair: LivePair, scenario: Scenario): Promise<StepResult[]> {
  const [upstream, ours] = await Promise.all([play(pair.upstream, scenario), play(pair.ours, scenario)]);
  return upstream.map((one, i) => {
    const other = ours[i] as Played;
    return {
      scenario: scenario.name,
      step: `${i + 1}. ${one.what}`,
      upstream: one.text,
      ours: other.text,
      same: one.text === other.text,
    };
  });
}

interface Played {
  readonly what: string;
  readonly text: string;
}

async function play(server: LiveServer, { steps }: Scenario): Promise<Played[]> {
  const versions = new Map<string, string>();
  const tokens = new Map<string, string>();
  let last: unknown;
  const played: Played[] = [];
  for (const step of steps) {
    const { as, until, note, ...ask } = typeof step === "function" ? step({ last, versions, tokens }) : step;
    const reply = await askUntil(server, ask, until).catch((error: Error) => error);
    const path = ask.path.replace(/(resourceVersion|continue)=[^&]+/g, "$1=…");
    const what = `${ask.method} ${path}${note === undefined ? "" : ` ${note}`}`;
    if (reply instanceof Error) {
      played.push({ what, text: `no answer: ${reply.message}` });
      continue;
    }
    last = parse(reply);
    const { resourceVersion, continue: token } = (last as { metadata?: Record<string, string> })?.metadata ?? {};
    if (as && resourceVersion) versions.set(as, resourceVersion);
    if (as && token) tokens.set(as, token);
    played.push({ what, text: printReply(reply, last) });
  }
  return played;
}

const untilMsMax = 10_000;

async function askUntil(server: LiveServer, ask: Ask, until: Step["until"]): Promise<Reply> {
  const end = performance.now() + untilMsMax;
  for (;;) {
    const reply = await server.ask(ask);
    if (!until || until(parse(reply), reply.code) || performance.now() > end) return reply;
    await sleep(50);
  }
}

function parse({ body }: Reply): unknown {
  const text = body.toString();
  try {
    return JSON.parse(text);
  } catch {
    // A watch is a line an event.
    try {
      return text
        .trim()
        .split("\n")
        .map((line) => JSON.parse(line) as unknown);
    } catch {
      return text;
    }
  }
}

const comparedHeaders = ["content-type", "warning", "etag", "vary"];

function printReply({ code, headers }: Reply, body: unknown): string {
  const shown = comparedHeaders.flatMap((name) => (headers[name] === undefined ? [] : [`${name}: ${headers[name]}`]));
  const text = typeof body === "string" ? body : JSON.stringify(normalize(body), undefined, 1);
  return normalizeText([`${code}`, ...shown.filter((line) => !line.startsWith("etag")), text].join("\n"));
}

const volatile = new Set(["uid", "resourceVersion", "creationTimestamp", "deletionTimestamp", "time", "continue"]);

/** Members sorted, descriptions left out (docs/differences.md); what differs from run to run replaced. Entries of managedFields are ordered by second, so theirs is not compared. */
function normalize(value: unknown, name = ""): unknown {
  if (name === "managedFields" && Array.isArray(value)) {
    const entries = value.map((entry) => normalize(entry));
    return entries.toSorted((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));
  }
  if (Array.isArray(value)) return value.map((item) => normalize(item));
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value)
    .filter(([key, member]) => !(key === "description" && typeof member === "string"))
    .toSorted(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(
    entries.map(([key, member]) => [
      key,
      volatile.has(key) && typeof member === "string" && member !== "" && member !== "0"
        ? `<${key}>`
        : normalize(member, key),
    ]),
  );
}

function normalizeText(text: string): string {
  return text
    .replace(/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g, "<uid>")
    .replace(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z/g, "<time>")
    .replace(/kube-api-access-[a-z0-9]{5}/g, "kube-api-access-xxxxx")
    .replace(/10\.96\.\d+\.\d+/g, "<clusterIP>")
    .replace(/127\.0\.0\.1:\d+/g, "<address>")
    .replace(/Too large resource version: \d+, current: \d+/g, "Too large resource version: …")
    .replace(/(resourceVersion\\+":\\+")\d+/g, "$1…")
    .replace(/in scheme \\*"[^"\\]+\\*"/g, "in scheme …")
    .replace(/in record \(\d+\)/g, "in record (…)")
    .replace(/\bA[bcdfghjklmnpqrstvwxz2456789]{5}\b/g, "A<suffix>");
}
