/** A thousand definitions of custom resources, five thousand namespaces and one very large object, all at once. */
import { writeFile } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import { ensure, type Figures, inParallel, load, residentAfterGcMb } from "./measured.ts";
import type { RowPlan } from "./row.ts";
import { type CustomNames, customObject, definition, namesOf } from "./schema.ts";
import { counted, prefixed, type Section, type Sizes } from "./section.ts";
import type { Target } from "./target.ts";

const workers = 8;
const servedMsMax = 120_000;
/** How often it is looked whether something is there, ms. */
const lookMs = 5;
/** Definitions that come when all others are there. */
const lateRounds = 5;
/** Below etcd's limit for a request, 1.5 MiB. */
const largeBytes = 1_500_000;
const getSeconds = 20;
/** Between two definitions that come while others read, ms. */
const changeMs = 1_000;
/** How many of them upstream is asked for: a thousand would need 13 GB. */
const upstreamDefinitionsMax = 100;
const memoryMbMax = 2;
const getMsMax = 25;

const definitionsPath = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
const pathOf = ({ group, plural }: CustomNames, namespace = "default"): string =>
  `/apis/${group}/v1/namespaces/${namespace}/${plural}`;

const aggregated = { accept: "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList" };

interface Discovered {
  readonly items: readonly { readonly versions: readonly { readonly resources: readonly { resource: string }[] }[] }[];
}

/** Plurals of all resources, once each. */
function pluralsIn(body: Buffer): Set<string> {
  const { items } = JSON.parse(body.toString()) as Discovered;
  return new Set(
    items.flatMap(({ versions }) => versions.flatMap(({ resources }) => resources.map((one) => one.resource))),
  );
}

const get = (target: Target, path: string, headers = {}) => ensure(target, 200, { method: "GET", path }, headers);

const define = (target: Target, names: CustomNames) =>
  ensure(target, 201, { method: "POST", path: definitionsPath, body: definition(names) });

/** Resolves when discovery tells of all of them. */
async function untilDiscovered(target: Target, all: readonly CustomNames[]): Promise<void> {
  const end = performance.now() + servedMsMax;
  for (;;) {
    const found = pluralsIn((await get(target, "/apis", aggregated)).body);
    const missing = all.filter(({ plural }) => !found.has(plural));
    if (missing.length === 0) return;
    if (performance.now() > end) throw new Error(`${target.name} does not tell of ${missing.length} definitions`);
    await sleep(100, undefined, { signal: target.signal });
  }
}

/** From the beginning of the request that makes it until a list of its objects is answered, ms. */
async function untilServed(target: Target, names: CustomNames): Promise<number> {
  const began = performance.now();
  await define(target, names);
  while (performance.now() < began + servedMsMax) {
    const { code } = await target.ask({ method: "GET", path: pathOf(names) });
    if (code === 200) return performance.now() - began;
    if (code !== 404) throw new Error(`${pathOf(names)}: ${code}`);
    await sleep(lookMs, undefined, { signal: target.signal });
  }
  throw new Error(`${target.name} did not serve ${names.plural}`);
}

/** Discovery, the index of OpenAPI v3 and a document of it, once they tell of the definition. */
async function publish(target: Target, { group, kind }: CustomNames): Promise<Figures> {
  const apis = await get(target, "/apis", aggregated);
  const indexMs = await untilTold(target, "/openapi/v3", `apis/${group}/v1`);
  const documentMs = await untilTold(target, `/openapi/v3/apis/${group}/v1`, kind);
  return { discovery_ms: apis.ms, index_ms: indexMs, document_ms: documentMs };
}

/** Until the answer has the text, ms. */
async function untilTold(target: Target, path: string, text: string): Promise<number> {
  const began = performance.now();
  while (performance.now() < began + servedMsMax) {
    const { code, body } = await target.ask({ method: "GET", path });
    if (code === 200 && body.includes(text)) return performance.now() - began;
    if (code !== 200 && code !== 404) throw new Error(`${path}: ${code}`);
    await sleep(lookMs, undefined, { signal: target.signal });
  }
  throw new Error(`${path} of ${target.name} does not tell of ${text}`);
}

/** Definitions, then an object of each, then what is published of them. */
async function fill(target: Target, count: number): Promise<Figures> {
  const before = await residentAfterGcMb(target);
  const all = Array.from({ length: count }, (_, at) => namesOf(at));
  const began = performance.now();
  await inParallel(all, workers, async (names) => {
    await define(target, names);
  });
  await untilDiscovered(target, all);
  const served = performance.now();
  const defined = await residentAfterGcMb(target);
  await inParallel(all, workers, async (names) => {
    await ensure(target, 201, { method: "POST", path: pathOf(names), body: customObject(names, "one") });
    await get(target, `${pathOf(names)}/one`);
  });
  const used = await residentAfterGcMb(target);
  const first = await publish(target, namesOf(0));
  const published = await residentAfterGcMb(target);
  const bytes = all.reduce((sum, names) => sum + JSON.stringify(definition(names)).length, 0);
  return {
    definition_kb: bytes / count / 1000,
    definition_ms: (served - began) / count,
    defined_mb: (defined - before) / count,
    used_mb: (used - before) / count,
    published_mb: (published - before) / count,
    all_mb: published,
    ...prefixed("first", first),
  };
}

async function late(target: Target, count: number): Promise<Figures> {
  const took: number[] = [];
  for (let round = 0; round < lateRounds; round += 1) took.push(await untilServed(target, namesOf(count + round)));
  const changed = await publish(target, namesOf(count));
  return { served_ms: Math.max(...took), ...prefixed("changed", changed) };
}

async function reads(target: Target, definitions: number, namespaces: number): Promise<Figures> {
  const names = Array.from({ length: namespaces }, (_, at) => `space-${at}`);
  await inParallel(names, workers, async (name) => {
    const body = { apiVersion: "v1", kind: "Namespace", metadata: { name } };
    await ensure(target, 201, { method: "POST", path: "/api/v1/namespaces", body });
  });
  const large = namesOf(0);
  await ensure(target, 201, { method: "POST", path: pathOf(large), body: customObject(large, "large", largeBytes) });
  const paths = [
    ...names.map((name) => `/api/v1/namespaces/${name}`),
    ...Array.from({ length: definitions }, (_, at) => `${pathOf(namesOf(at))}/one`),
  ];
  const file = `${target.directory}/paths`;
  await writeFile(file, paths.join("\n"));
  const quiet = await load(target, "get", { paths: file, seconds: getSeconds });
  const beside = await load(target, "get", { paths: file, seconds: getSeconds, large: `${pathOf(large)}/large` });
  const ended = new AbortController();
  const disturbing = disturb(target, definitions + lateRounds, ended.signal);
  const disturbed = await load(target, "get", { paths: file, seconds: getSeconds }).finally(() => ended.abort());
  return { ...prefixed("quiet", quiet), ...beside, ...prefixed("changing", disturbed), changes: await disturbing };
}

/** Definitions keep coming, and somebody like kubectl asks what there is after each. Returns how many came. */
async function disturb(target: Target, from: number, ended: AbortSignal): Promise<number> {
  let round = 0;
  for (; !ended.aborted; round += 1) {
    await untilServed(target, namesOf(from + round));
    await get(target, "/apis", aggregated);
    await get(target, "/openapi/v3");
    await sleep(changeMs, undefined, { signal: ended }).catch(() => {});
  }
  return round;
}

async function measure(target: Target, { definitions }: Sizes): Promise<Figures> {
  const count = target.name === "ours" ? definitions : Math.min(upstreamDefinitionsMax, definitions);
  const filled = await fill(target, count);
  const after = await late(target, count);
  return { ...filled, ...after, ...(await reads(target, count, definitions * 5)) };
}

function rows({ definitions }: Sizes): RowPlan[] {
  const upstreams = definitions > upstreamDefinitionsMax ? ` (upstream: ${upstreamDefinitionsMax})` : "";
  const many = `${counted(definitions)} definitions${upstreams}`;
  const all = `${many}, ${counted(definitions * 5)} namespaces`;
  const large = "an object of 1.5 MB is read and written";
  const changing = `${all}: while definitions come and discovery and OpenAPI are read`;
  return [
    { figure: "definition_kb", what: "a definition's size on average", unit: "kB" },
    { figure: "defined_mb", what: `${many}: memory for each`, unit: "MB", target: memoryMbMax },
    { figure: "used_mb", what: `${many}: memory for each with an object`, unit: "MB", target: memoryMbMax },
    { figure: "published_mb", what: `${many}: and with discovery and OpenAPI`, unit: "MB", target: memoryMbMax },
    { figure: "definition_ms", what: `${many}: made and served, time for each`, unit: "ms" },
    { figure: "served_ms", what: `${many}: one more served after, slowest of ${lateRounds}`, unit: "ms" },
    { figure: "first_index_ms", what: `${many}: first /openapi/v3`, unit: "ms" },
    { figure: "changed_index_ms", what: `${many}: /openapi/v3 after a change`, unit: "ms" },
    { figure: "changed_discovery_ms", what: `${many}: discovery after a change`, unit: "ms" },
    { figure: "quiet_get_p99_ms", what: `${all}: get p99, 32 workers`, unit: "ms", target: getMsMax },
    { figure: "quiet_get_per_s", what: `${all}: gets`, unit: "1/s" },
    { figure: "get_p99_ms", what: `${all}: get p99 while ${large}`, unit: "ms", target: getMsMax },
    { figure: "get_max_ms", what: `${all}: get at most while ${large}`, unit: "ms" },
    { figure: "large_get_p50_ms", what: "object of 1.5 MB meanwhile: get p50", unit: "ms" },
    { figure: "large_put_p50_ms", what: "object of 1.5 MB meanwhile: put p50", unit: "ms" },
    { figure: "large_put_p99_ms", what: "object of 1.5 MB meanwhile: put p99", unit: "ms" },
    { figure: "changing_get_p99_ms", what: `${changing}: get p99`, unit: "ms", target: getMsMax },
    { figure: "changing_get_max_ms", what: `${changing}: get at most`, unit: "ms" },
  ];
}

export const definitions: Section = {
  name: "definitions",
  title: "definitions, namespaces and a large object",
  msMax: 900_000,
  measure,
  rows,
};
