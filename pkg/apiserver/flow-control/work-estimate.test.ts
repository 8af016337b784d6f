import assert from "node:assert/strict";
import { test } from "node:test";
import { parseRequestInfo } from "../http/request-info.ts";
import { FlowCounts } from "./flow-counts.ts";
import { WatchCounts } from "./watch-counts.ts";
import { estimateWork, type ObjectStatistics } from "./work-estimate.ts";

const pods = "/api/v1/namespaces/a/pods";
const large: ObjectStatistics = { count: 10_000, bytes: 20_000_000 };

interface Case {
  readonly name: string;
  readonly method?: string;
  readonly url: string;
  readonly objects?: ObjectStatistics;
  readonly watches?: readonly string[];
  readonly requestSeatsMax?: number;
  /** Of the three parts of an estimate. */
  readonly expected: readonly [initialSeats: number, finalSeats: number, lingerMs: number];
}

const times = (count: number, url: string): readonly string[] => new Array<string>(count).fill(url);

const cases: readonly Case[] = [
  { name: "a get", url: `${pods}/b`, objects: large, expected: [1, 0, 0] },
  { name: "a list from memory is streamed", url: pods, objects: large, expected: [10, 0, 0] },
  { name: "a small list", url: pods, objects: { count: 100, bytes: 250_000 }, expected: [3, 0, 0] },
  { name: "an empty list", url: pods, objects: { count: 0, bytes: 0 }, expected: [1, 0, 0] },
  { name: "a list that somebody else keeps", url: pods, expected: [1, 0, 0] },
  { name: "a page", url: `${pods}?limit=100`, objects: large, expected: [2, 0, 0] },
  {
    name: "a past state",
    url: `${pods}?resourceVersion=5&resourceVersionMatch=Exact`,
    objects: large,
    expected: [100, 0, 0],
  },
  {
    name: "a page of a past state that a selector looks for",
    url: `${pods}?limit=10&continue=x&labelSelector=a%3Db`,
    objects: large,
    expected: [100, 0, 0],
  },
  { name: "what the level allows", url: pods, objects: large, requestSeatsMax: 4, expected: [4, 0, 0] },
  { name: "a list of one", url: `${pods}?fieldSelector=metadata.name%3Db`, objects: large, expected: [1, 0, 0] },
  { name: "a watch from a revision", url: `${pods}?watch=1&resourceVersion=5`, objects: large, expected: [1, 0, 0] },
  { name: "a watch with the state", url: `${pods}?watch=1`, objects: large, expected: [10, 0, 0] },
  { name: "a path", url: "/metrics", expected: [1, 0, 0] },
  { name: "a change that few watch", method: "POST", url: pods, watches: times(9, pods), expected: [1, 0, 0] },
  {
    name: "a change that many watch",
    method: "PUT",
    url: `${pods}/b`,
    watches: [...times(20, pods), ...times(10, "/api/v1/pods"), `${pods}?fieldSelector=metadata.name%3Db`],
    expected: [1, 4, 5],
  },
  {
    name: "watches of others do not count",
    method: "PUT",
    url: `${pods}/b`,
    watches: [
      ...times(20, "/api/v1/namespaces/other/pods"),
      ...times(20, `${pods}?fieldSelector=spec.nodeName%3Dn`),
      ...times(20, `${pods}?fieldSelector=metadata.name%3Dc`),
      ...times(20, "/apis/apps/v1/namespaces/a/deployments"),
    ],
    expected: [1, 0, 0],
  },
  {
    name: "more than fits goes on for longer",
    method: "DELETE",
    url: `${pods}/b`,
    watches: times(200, pods),
    expected: [1, 10, 10],
  },
  {
    name: "a token changes nothing",
    method: "POST",
    url: "/api/v1/namespaces/a/serviceaccounts/b/token",
    watches: times(20, "/api/v1/serviceaccounts"),
    expected: [1, 0, 0],
  },
];

for (const { name, method = "GET", url, objects, watches = [], requestSeatsMax, expected } of cases) {
  test(name, () => {
    const counts = new WatchCounts();
    const forget = watches.map((watched) => {
      const mark = watched.includes("?") ? "&" : "?";
      return counts.add(parseRequestInfo("GET", `${watched}${mark}watch=1`));
    });
    const facts = { objectsOf: () => objects, watches: counts };
    const by = { level: { requestSeatsMax }, counts: new FlowCounts("level", "schema") };
    const info = parseRequestInfo(method, url);
    const { initialSeats, finalSeats, lingerMs } = estimateWork(info, facts, by);
    assert.deepEqual([initialSeats, finalSeats, lingerMs], expected);
    for (const one of forget) one?.();
    assert.equal(estimateWork(info, facts, by).finalSeats, 0, "no watch is left");
  });
}
