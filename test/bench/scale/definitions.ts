/** A thousand definitions of custom resources, five thousand namespaces and one very large object, all at once. */
import { writeFile } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import type { LivePair, LiveServer } from "../../compare/live/servers.ts";
import { ensure, type Figures, inParallel, load, residentAfterGcMb } from "./measured.ts";
import { type Row, rowOf } from "./row.ts";
import { type CustomNames, customObject, definition, namesOf } from "./schema.ts";

const workers = 8;
const servedMsMax = 120_000;
/** How often it is looked whether something is there, ms. */
const lookMs = 5;
/** Definitions that come when all others are there. */
const lateRounds = 5;
/** Below etcd's limit for a request, 1.5 MiB. */
const largeBytes = 1_500_000;
const getSeconds = 20;

export interface DefinitionSizes {
  readonly definitions: number;
  readonly namespaces: number;
}

const definitionsPath = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
const pathOf = ({ group, plural }: CustomNames, namespace = "default"): string =>
  `/apis/${group}/v1/namespaces/${namespace}/${plural}`;

const aggregated = { accept: "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList" };

interface Discovered {
  readonly items: readonly { readonly versions: readonly { readonly resources: readonly object[] }[] }[];
}

const countOf = (body: Buffer): number =>
  (JSON.parse(body.toString()) as Discovered).items
    .flatMap(({ versions }) => versions)
    .reduce((sum, { resources }) => sum + resources.length, 0);

/** Resolves when discovery tells of `more` resources than it did. */
async function untilDiscovered(server: LiveServer, count: number): Promise<void> {
  const end = performance.now() + servedMsMax;
  for (;;) {
    const { body } = await ensure(server, 200, { method: "GET", path: "/apis" }, aggregated);
    const found = countOf(body);
    if (found === count) return;
    if (performance.now() > end) throw new Error(`${server.name} tells of ${found} resources, not of ${count}`);
    await sleep(100);
  }
}

/** From the beginning of the request that makes it until a list of its objects is answered, ms. */
async function untilServed(server: LiveServer, names: CustomNames): Promise<number> {
  const began = performance.now();
  await ensure(server, 201, { method: "POST", path: definitionsPath, body: definition(names) });
  while (performance.now() < began + servedMsMax) {
    const { code } = await server.ask({ method: "GET", path: pathOf(names) });
    if (code === 200) return performance.now() - began;
    if (code !== 404) throw new Error(`${pathOf(names)}: ${code}`);
    await sleep(lookMs);
  }
  throw new Error(`${server.name} did not serve ${names.plural}`);
}

async function documents(server: LiveServer, names: CustomNames): Promise<Record<string, number>> {
  const get = (path: string, headers = {}) => ensure(server, 200, { method: "GET", path }, headers);
  const apis = await get("/apis", aggregated);
  const index = await get("/openapi/v3");
  const { paths } = JSON.parse(index.body.toString()) as { paths: Record<string, { serverRelativeURL: string }> };
  const of = paths[`apis/${names.group}/v1`];
  if (!of) throw new Error(`/openapi/v3 does not know ${names.group}`);
  const document = await get(of.serverRelativeURL);
  if (!document.body.includes(names.kind)) throw new Error(`${of.serverRelativeURL} does not tell of ${names.kind}`);
  return {
    discovery_ms: apis.ms,
    index_ms: index.ms,
    document_ms: document.ms,
    document_kb: document.body.length / 1e3,
  };
}

async function fill(server: LiveServer, count: number): Promise<Record<string, number>> {
  const before = await residentAfterGcMb(server);
  const { body } = await ensure(server, 200, { method: "GET", path: "/apis" }, aggregated);
  const all = Array.from({ length: count }, (_, at) => namesOf(at));
  const began = performance.now();
  await inParallel(all, workers, async (names) => {
    await ensure(server, 201, { method: "POST", path: definitionsPath, body: definition(names) });
  });
  await untilDiscovered(server, countOf(body) + count);
  const served = performance.now();
  const defined = await residentAfterGcMb(server);
  await inParallel(all, workers, async (names) => {
    await ensure(server, 201, { method: "POST", path: pathOf(names), body: customObject(names, "one") });
    await ensure(server, 200, { method: "GET", path: `${pathOf(names)}/one` });
  });
  const used = await residentAfterGcMb(server);
  return {
    definitions_s: (served - began) / 1000,
    defined_mb: (defined - before) / count,
    used_mb: (used - before) / count,
    before_mb: before,
    used_all_mb: used,
  };
}

async function late(server: LiveServer, count: number): Promise<Record<string, number>> {
  const took: number[] = [];
  for (let round = 0; round < lateRounds; round += 1) took.push(await untilServed(server, namesOf(count + round)));
  const cold = await documents(server, namesOf(count));
  const warm = await documents(server, namesOf(count));
  return {
    served_ms: Math.max(...took),
    ...Object.fromEntries(Object.entries(cold).map(([name, value]) => [`cold_${name}`, value])),
    ...Object.fromEntries(Object.entries(warm).map(([name, value]) => [`warm_${name}`, value])),
  };
}

async function reads(
  server: LiveServer,
  pair: LivePair,
  { definitions, namespaces }: DefinitionSizes,
): Promise<Figures> {
  const names = Array.from({ length: namespaces }, (_, at) => `space-${at}`);
  await inParallel(names, workers, async (name) => {
    const body = { apiVersion: "v1", kind: "Namespace", metadata: { name } };
    await ensure(server, 201, { method: "POST", path: "/api/v1/namespaces", body });
  });
  const large = namesOf(0);
  await ensure(server, 201, { method: "POST", path: pathOf(large), body: customObject(large, "large", largeBytes) });
  const paths = [
    ...names.map((name) => `/api/v1/namespaces/${name}`),
    ...Array.from({ length: definitions }, (_, at) => `${pathOf(namesOf(at))}/one`),
  ];
  const file = `${pair.directory}/paths-${server.name}`;
  await writeFile(file, paths.join("\n"));
  const quiet = await load(server, pair, "get", { paths: file, seconds: getSeconds, large: `${pathOf(large)}/large` });
  const ended = new AbortController();
  const disturbing = disturb(server, definitions + lateRounds, ended.signal);
  const disturbed = await load(server, pair, "get", { paths: file, seconds: getSeconds }).finally(() => ended.abort());
  const rounds = await disturbing;
  return {
    ...quiet,
    ...Object.fromEntries(Object.entries(disturbed).map(([name, value]) => [`changing_${name}`, value])),
    changes: rounds,
  };
}

/** Definitions keep coming, and somebody like kubectl asks what there is after each. Returns how many came. */
async function disturb(server: LiveServer, from: number, signal: AbortSignal): Promise<number> {
  let round = 0;
  for (; !signal.aborted; round += 1) {
    const names = namesOf(from + round);
    await untilServed(server, names);
    await ensure(server, 200, { method: "GET", path: "/apis" }, aggregated);
    await ensure(server, 200, { method: "GET", path: "/openapi/v3" });
    await sleep(1_000);
  }
  return round;
}

/** How many of them upstream is asked for: all would need 13 GB. */
const upstreamDefinitions = 100;

export async function definitions(
  pair: LivePair,
  names: readonly LiveServer["name"][],
  sizes: DefinitionSizes,
): Promise<Row[]> {
  const found: Partial<Record<LiveServer["name"], Figures>> = {};
  for (const name of names) {
    const server = pair[name];
    const count = name === "ours" ? sizes.definitions : Math.min(upstreamDefinitions, sizes.definitions);
    const filled = await fill(server, count);
    const read = await reads(server, pair, { ...sizes, definitions: count });
    found[name] = { ...filled, ...(await late(server, count * 2)), ...read };
    console.error(`${name}: ${JSON.stringify(found[name])}`);
  }
  const { ours, upstream } = found;
  return ours ? rowsOf({ ours, ...(upstream ? { upstream } : {}) }, sizes) : [];
}

function rowsOf(
  found: { ours: Figures; upstream?: Figures },
  { definitions: count, namespaces }: DefinitionSizes,
): Row[] {
  const many = `${count.toLocaleString("en")} definitions`;
  const upstreams = `upstream: ${upstreamDefinitions}`;
  const row = (figure: string, what: string, unit: string, target?: number): Row =>
    rowOf(found, figure, { what, unit, ...(target === undefined ? {} : { target }) });
  const all = `${many}, ${namespaces.toLocaleString("en")} namespaces (${upstreams})`;
  return [
    row("defined_mb", `memory a definition (of ${count}; ${upstreams})`, "MB", 2),
    row("used_mb", "memory a definition with an object that was written and read", "MB", 2),
    row("definitions_s", `${many} (${upstreams}) made and served`, "s"),
    row("served_ms", `${many}: a further one served after, slowest of ${lateRounds}`, "ms"),
    row("get_p99_ms", `${all}: get p99, 32 workers, an object of 1.5 MB rewritten meanwhile`, "ms", 25),
    row("get_per_s", `${all}: gets`, "1/s"),
    row("large_get_p99_ms", "object of 1.5 MB: get p99", "ms"),
    row("large_put_p99_ms", "object of 1.5 MB: put p99", "ms"),
    row("large_put_per_s", "object of 1.5 MB: puts", "1/s"),
    row("changing_get_p99_ms", `${all}: get p99 while definitions come and discovery and OpenAPI are read`, "ms", 25),
    row("changing_get_max_ms", `${all}: get at most meanwhile`, "ms"),
    row("cold_discovery_ms", `${many}: aggregated discovery after a change`, "ms"),
    row("cold_index_ms", `${many}: /openapi/v3 after a change`, "ms"),
    row("cold_document_ms", `${many}: a document of it`, "ms"),
    row("warm_discovery_ms", `${many}: aggregated discovery again`, "ms"),
    row("warm_index_ms", `${many}: /openapi/v3 again`, "ms"),
  ];
}
