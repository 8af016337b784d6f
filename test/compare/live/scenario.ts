/** Requests that both servers get, one after the other, and what is compared of their answers. */
import { setTimeout as sleep } from "node:timers/promises";
import { gunzipSync } from "node:zlib";
import { parse as parseYaml } from "yaml";
import type { Ask, LivePair, LiveServer, Reply } from "./servers.ts";
import { isOpenApi, isProtobuf, metadataOf, printOpenApi, printProtobuf } from "./wire/index.ts";

/** What earlier steps of the scenario got from this server: steps may need its resource versions and tokens. */
export interface Seen {
  /** The last answer's body, parsed. */
  readonly last: unknown;
  /** Of the answers that were given a name: `metadata.resourceVersion`, and the same of continue tokens and ETags. */
  readonly versions: ReadonlyMap<string, string>;
  readonly tokens: ReadonlyMap<string, string>;
  readonly etags: ReadonlyMap<string, string>;
}

export interface Step extends Ask {
  /** Printed with the step, where the path does not say what is special about it. */
  readonly note?: string;
  /** Keeps this answer's resourceVersion, continue token and ETag under a name. */
  readonly as?: string;
  /** Headers to compare besides those that always are. */
  readonly shows?: readonly string[];
  /** Waits first: upstream's plugins look into caches that follow what was written. */
  readonly afterMs?: number;
  /** Asks again, for ten seconds at most, until the answer is as it should be. */
  readonly until?: (body: unknown, code: number) => boolean;
}

export interface Scenario {
  readonly name: string;
  readonly steps: readonly (Step | ((seen: Seen) => Step))[];
  /** The steps are asked all at once: watches, each of which lasts a second. None sees what another got. */
  readonly together?: boolean;
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

async function play(server: LiveServer, { steps, together }: Scenario): Promise<Played[]> {
  const named = () => new Map<string, string>();
  const seen = { last: undefined as unknown, versions: named(), tokens: named(), etags: named() };
  if (together) return Promise.all(steps.map((step) => playStep(server, step, { ...seen })));
  const played: Played[] = [];
  for (const step of steps) played.push(await playStep(server, step, seen));
  return played;
}

interface Seeing extends Seen {
  last: unknown;
  readonly versions: Map<string, string>;
  readonly tokens: Map<string, string>;
  readonly etags: Map<string, string>;
}

async function playStep(server: LiveServer, step: Scenario["steps"][number], seen: Seeing): Promise<Played> {
  const { as, until, note, shows, afterMs, ...ask } = typeof step === "function" ? step(seen) : step;
  if (afterMs !== undefined) await sleep(afterMs);
  const reply = await askUntil(server, ask, until).catch((error: Error) => error);
  const path = ask.path.replace(/(resourceVersion|continue|hash)=[^&]+/g, "$1=…");
  const what = `${ask.method} ${path}${note === undefined ? "" : ` ${note}`}`;
  if (reply instanceof Error) return { what, text: `no answer: ${reply.message}` };
  seen.last = parse(reply);
  const { resourceVersion, continue: token } = (seen.last as { metadata?: Record<string, string> })?.metadata ?? {};
  if (as && resourceVersion) seen.versions.set(as, resourceVersion);
  if (as && token) seen.tokens.set(as, token);
  if (as && reply.headers["etag"]) seen.etags.set(as, String(reply.headers["etag"]));
  return { what, text: printReply(reply, seen.last, shows) };
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

/** What was sent before it was compressed. */
const plain = ({ headers, body }: Reply): Buffer =>
  headers["content-encoding"] === "gzip" && body.length > 0 ? gunzipSync(body) : body;

/** Of protobuf, what later steps ask for. */
function parse(reply: Reply): unknown {
  if (isProtobuf(reply.headers["content-type"])) return { metadata: metadataOf(plain(reply)) };
  const text = plain(reply).toString();
  try {
    if (String(reply.headers["content-type"]) === "application/yaml") return parseYaml(text);
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

const comparedHeaders = ["content-type", "content-encoding", "warning", "etag", "vary"];

function printReply(reply: Reply, body: unknown, more: readonly string[] = []): string {
  const { code, headers } = reply;
  const shown = [...comparedHeaders, ...more].flatMap((name) =>
    headers[name] === undefined ? [] : [`${name}: ${headers[name]}`],
  );
  const text = printContent(reply, body);
  return normalizeText([`${code}`, ...shown.filter((line) => !line.startsWith("etag")), text].join("\n"));
}

function printContent(reply: Reply, body: unknown): string {
  const type = reply.headers["content-type"];
  if (isProtobuf(type)) return printProtobuf(plain(reply), type);
  if (isOpenApi(type) && reply.body.length > 0) return printOpenApi(plain(reply));
  return typeof body === "string" ? body : JSON.stringify(normalize(body), undefined, 1);
}

const volatile = new Set(["uid", "resourceVersion", "creationTimestamp", "deletionTimestamp", "time", "continue"]);

/** Members sorted, descriptions left out (descriptions.ts counts them); what differs from run to run replaced. Entries of managedFields are ordered by second, so theirs is not compared. */
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
  return (
    text
      .replace(/\?hash=[0-9A-F]{128}\b/g, "?hash=<hash>")
      .replace(
        /^(expires: ).*/gm,
        (line, name) => `${name}${yearsUntil(line.slice(name.length))} years, ${line.slice(-3)}`,
      )
      // A table's cell.
      .replace(/^( *)"(?:\d+[smhdy]){1,2}"/gm, '$1"<age>"')
      .replace(/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g, "<uid>")
      .replace(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z/g, "<time>")
      .replace(/kube-api-access-[a-z0-9]{5}/g, "kube-api-access-xxxxx")
      .replace(/10\.96\.\d+\.\d+/g, "<clusterIP>")
      .replace(/\beyJ[\w-]+\.[\w-]+\.[\w-]+/g, "<token>")
      .replace(/127\.0\.0\.1:\d+/g, "<address>")
      .replace(/Too large resource version: \d+, current: \d+/g, "Too large resource version: …")
      .replace(/(resourceVersion\\+":\\+")\d+/g, "$1…")
      .replace(/in scheme \\*"[^"\\]+\\*"/g, "in scheme …")
      .replace(/in record \(\d+\)/g, "in record (…)")
      .replace(/\bA[bcdfghjklmnpqrstvwxz2456789]{5}\b/g, "A<suffix>")
  );
}

/** To a hundredth. */
const yearsUntil = (date: string): number => Math.round((Date.parse(date) - Date.now()) / (365.25 * 864_000)) / 100;
