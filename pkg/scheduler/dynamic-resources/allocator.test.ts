import assert from "node:assert/strict";
import { test } from "node:test";
import type { DeviceClass, ResourceClaim, ResourceSlice } from "#api/types/resource.k8s.io/v1";
import {
  all,
  cel,
  claim,
  device,
  deviceClass,
  driver,
  indexOf,
  onNuma,
  request,
  slice,
  zoneIs,
} from "../testing/devices.ts";
import { type Allocation, Allocator } from "./allocator.ts";
import { wishesOf } from "./wishes.ts";

const node = { name: "n", labels: { zone: "a" } };
const gpu = deviceClass("gpu");
const names = (...devices: string[]) => devices.map((name) => device(name));
const own = `device.attributes["${driver}"]`;

interface World {
  readonly slices: readonly ResourceSlice[];
  readonly classes?: readonly DeviceClass[];
  readonly taken?: readonly string[];
}

function allocate(claims: readonly ResourceClaim[], { slices, classes = [gpu], taken = [] }: World): Allocation {
  const classOf = (name: string) => classes.find(({ metadata }) => metadata.name === name);
  const isTaken = (id: string) => taken.includes(id);
  const options = { slices: indexOf(slices), isTaken, now: () => 0 };
  return new Allocator(
    claims.map((one) => wishesOf(one, classOf)),
    options,
  ).allocate(node);
}

/** `request=device` of every claim, claims parted by `|`; or why not; or what was thrown. */
function outcome(claims: readonly ResourceClaim[], world: World): string {
  try {
    const allocation = allocate(claims, world);
    if (allocation.kind === "none") return allocation.why;
    return allocation.results
      .map(({ devices }) => devices?.results?.map((one) => `${one.request}=${one.device}`).join(" "))
      .join(" | ");
  } catch (error) {
    return `throws: ${(error as Error).message}`;
  }
}

const first = (...alternatives: (readonly [string, number, string?])[]) => ({
  name: "r",
  firstAvailable: alternatives.map(([name, count, expression]) => ({
    name,
    deviceClassName: "gpu",
    allocationMode: "ExactCount" as const,
    count,
    ...(expression ? { selectors: [cel(expression)] } : {}),
  })),
});

const matchNuma = { matchAttribute: `${driver}/numa` };
const none = "cannot allocate all claims";
const ofR = "claim default/c, request r";

const facts: readonly {
  name: string;
  claims: readonly ResourceClaim[];
  world: World;
  is: string;
}[] = [
  {
    name: "the first device that is free",
    claims: [claim("c")],
    world: { slices: [slice("n", names("a", "b"))], taken: [`${driver}/n/a`] },
    is: "r=b",
  },
  {
    name: "no device is free",
    claims: [claim("c")],
    world: { slices: [slice("n", names("a"))], taken: [`${driver}/n/a`] },
    is: none,
  },
  {
    name: "devices of another node",
    claims: [claim("c")],
    world: { slices: [slice("other", names("a"))] },
    is: none,
  },
  {
    name: "devices for all nodes, and for those of a zone",
    claims: [claim("c", { requests: [request("r", { count: 2 })] })],
    world: {
      slices: [
        slice("x", names("a"), { allNodes: true }),
        slice("y", names("b"), { nodeSelector: zoneIs("a") }),
        slice("z", names("c"), { nodeSelector: zoneIs("b") }),
      ],
    },
    is: "r=a r=b",
  },
  {
    name: "two claims of one pod do not share",
    claims: [claim("c"), claim("d")],
    world: { slices: [slice("n", names("a", "b"))] },
    is: "r=a | r=b",
  },
  {
    name: "only the newest generation counts",
    claims: [claim("c")],
    world: { slices: [slice("n", names("old")), slice("n", names("new"), { generation: 2 })] },
    is: "r=new",
  },
  {
    name: "a pool of which a slice is missing gives nothing",
    claims: [claim("c")],
    world: { slices: [slice("n", names("a"), { of: 2 })] },
    is: none,
  },
  {
    name: "slices of the pool for other nodes make it whole",
    claims: [claim("c")],
    world: {
      slices: [
        slice("n", names("a"), { of: 2, pool: "p" }),
        slice("m", names("b"), { of: 2, pool: "p", nodeName: "m" }),
      ],
    },
    is: "r=a",
  },
  {
    name: "a pool that is being replaced elsewhere gives nothing",
    claims: [claim("c")],
    world: {
      slices: [
        slice("n", names("a"), { of: 2, pool: "p" }),
        slice("m", [], { pool: "p", nodeName: "m", generation: 2 }),
      ],
    },
    is: none,
  },
  {
    name: "a pool with one name twice",
    claims: [claim("c")],
    world: { slices: [slice("n", names("a"), { of: 2 }), slice("n", names("a"), { of: 2 })] },
    is: "invalid resource pools were encountered",
  },
  {
    name: "another pool helps where one is invalid",
    claims: [claim("c")],
    world: {
      slices: [
        slice("n", names("a"), { of: 2 }),
        slice("n", names("a"), { of: 2 }),
        slice("n", names("good"), { pool: "p" }),
      ],
    },
    is: "r=good",
  },
  {
    name: "class and request choose",
    claims: [claim("c", { requests: [request("r", { selectors: [cel(`${own}.cores > 4`)] })] })],
    world: {
      classes: [deviceClass("gpu", { selectors: [cel(`device.driver == "${driver}"`)] })],
      slices: [
        slice("n", [device("big", { attributes: { cores: { int: 8 } } })], { driver: "other.example.com" }),
        slice("n", [
          device("small", { attributes: { cores: { int: 2 } } }),
          device("big", { attributes: { cores: { int: 8 } } }),
        ]),
      ],
    },
    is: "r=big",
  },
  {
    name: "an expression that fails",
    claims: [claim("c", { requests: [request("r", { selectors: [cel("true"), cel(`${own}.cores > 4`)] })] })],
    world: { slices: [slice("n", names("a"))] },
    is: "throws: claim default/c: selector #1: CEL runtime error: no such key: cores",
  },
  {
    name: "an expression that is none",
    claims: [claim("c")],
    world: { classes: [deviceClass("gpu", { selectors: [cel("device.driver")] })], slices: [slice("n", names("a"))] },
    is: "throws: class gpu: selector #0: CEL compile error: must evaluate to bool or the unknown type, not string",
  },
  {
    name: "devices with one attribute in common, though the first ones differ",
    claims: [claim("c", { requests: [request("r", { count: 2 })], constraints: [matchNuma] })],
    world: { slices: [slice("n", [onNuma("a", 0), onNuma("b", 1), onNuma("c", 1)])] },
    is: "r=b r=c",
  },
  {
    name: "no two have it in common",
    claims: [claim("c", { requests: [request("r", { count: 2 })], constraints: [matchNuma] })],
    world: { slices: [slice("n", [onNuma("a", 0), onNuma("b", 1), device("c")])] },
    is: none,
  },
  {
    name: "a constraint of some requests",
    claims: [
      claim("c", {
        requests: [request("x"), request("y"), request("z")],
        constraints: [{ ...matchNuma, requests: ["x", "z"] }],
      }),
    ],
    world: { slices: [slice("n", [onNuma("a", 0), onNuma("b", 1), onNuma("c", 0)])] },
    is: "x=a y=b z=c",
  },
  {
    name: "all devices that are chosen",
    claims: [claim("c", { requests: [all("r", { selectors: [cel(`${own}.numa == 0`)] })] })],
    world: { slices: [slice("n", [onNuma("a", 0), onNuma("b", 1), onNuma("c", 0)])] },
    is: "r=a r=c",
  },
  {
    name: "all devices, one of which is taken",
    claims: [claim("c", { requests: [all("r")] })],
    world: { slices: [slice("n", names("a", "b"))], taken: [`${driver}/n/b`] },
    is: none,
  },
  { name: "all of no devices", claims: [claim("c", { requests: [all("r")] })], world: { slices: [] }, is: none },
  {
    name: "all devices of a pool that is not whole",
    claims: [claim("c", { requests: [all("r")] })],
    world: { slices: [slice("n", names("a"), { of: 2 })] },
    is: `throws: ${ofR}: asks for all devices, but resource pool ${driver}/n is currently being updated`,
  },
  {
    name: "all devices, which a constraint forbids",
    claims: [claim("c", { requests: [all("r")], constraints: [matchNuma] })],
    world: { slices: [slice("n", [onNuma("a", 0), onNuma("b", 1)])] },
    is: `throws: ${ofR}: cannot add device ${driver}/n/b because a claim constraint would not be satisfied`,
  },
  {
    name: "administrators get what others use, each device once",
    claims: [claim("c", { requests: [request("r", { adminAccess: true, count: 2 })] })],
    world: { slices: [slice("n", names("a", "b"))], taken: [`${driver}/n/a`] },
    is: "r=a r=b",
  },
  {
    name: "the best alternative",
    claims: [claim("c", { requests: [first(["two", 2], ["one", 1])] })],
    world: { slices: [slice("n", names("a", "b"))] },
    is: "r/two=a r/two=b",
  },
  {
    name: "another alternative, where later requests need it",
    claims: [claim("c", { requests: [first(["two", 2], ["one", 1]), request("s")] })],
    world: { slices: [slice("n", names("a", "b"))] },
    is: "r/one=a s=b",
  },
  {
    name: "more devices than a claim may have",
    claims: [claim("c", { requests: [request("r", { count: 33 })] })],
    world: { slices: [] },
    is: "throws: claim default/c: number of requested devices 33 exceeds the claim limit of 32",
  },
  {
    name: "devices of features that are off",
    claims: [claim("c")],
    world: {
      slices: [
        slice("n", [
          device("part", { consumesCounters: [{ counterSet: "s", counters: {} }] }),
          device("far", { bindingConditions: ["attached"] }),
        ]),
        slice("x", names("each"), { allNodes: true, perDeviceNodeSelection: true }),
      ],
    },
    is: none,
  },
];

for (const { name, claims, world, is } of facts) {
  test(`allocator: ${name}`, () => assert.equal(outcome(claims, world), is));
}

const parameters = (of: string) => ({ opaque: { driver, parameters: { of } } });

test("a result tells the configuration of classes and claims that concerns it, and where it can be used", () => {
  const classes = [deviceClass("gpu", { config: [parameters("class")] }), deviceClass("plain")];
  const one = claim("c", {
    requests: [request("x"), first(["big", 5], ["small", 1]), request("z", { deviceClassName: "plain" })],
    config: [
      { ...parameters("all") },
      { requests: ["z"], ...parameters("z") },
      { requests: ["r/big"], ...parameters("big") },
      { requests: ["r/small", "x"], ...parameters("small") },
    ],
  });
  const slices = [
    slice("x", names("a", "b"), { nodeSelector: zoneIs("a") }),
    slice("y", names("c"), { allNodes: true }),
  ];
  const allocation = allocate([one], { slices, classes });
  assert.deepEqual(allocation, {
    kind: "found",
    results: [
      {
        devices: {
          results: [
            { request: "x", driver, pool: "x", device: "a" },
            { request: "r/small", driver, pool: "x", device: "b" },
            { request: "z", driver, pool: "y", device: "c" },
          ],
          config: [
            { source: "FromClass", requests: ["x", "r/small"], ...parameters("class") },
            { source: "FromClaim", ...parameters("all") },
            { source: "FromClaim", requests: ["z"], ...parameters("z") },
            { source: "FromClaim", requests: ["r/small", "x"], ...parameters("small") },
          ],
        },
        nodeSelector: zoneIs("a"),
      },
    ],
  });
});

test("a device of one node ties the claim to it", () => {
  const allocation = allocate([claim("c")], { slices: [slice("n", names("a"))] });
  assert.deepEqual(allocation.kind === "found" && allocation.results[0]?.nodeSelector, {
    nodeSelectorTerms: [{ matchFields: [{ key: "metadata.name", operator: "In", values: ["n"] }] }],
  });
});

test("a search without an end is given up", () => {
  const devices = Array.from({ length: 64 }, (_, at) => onNuma(`d${at}`, at >> 4));
  const endless = claim("c", { requests: [request("r", { count: 17 })], constraints: [matchNuma] });
  let now = 0;
  const allocator = new Allocator([wishesOf(endless, () => gpu)], {
    slices: indexOf([slice("n", devices)]),
    isTaken: () => false,
    now: () => now++,
  });
  assert.deepEqual(allocator.allocate(node), { kind: "none", why: "timed out trying to allocate devices" });
});

test("administrators' results say so, and none else", () => {
  const one = claim("c", { requests: [request("r", { adminAccess: true }), request("s", { adminAccess: false })] });
  const allocation = allocate([one], { slices: [slice("n", names("a", "b"))] });
  const results = allocation.kind === "found" ? allocation.results[0]?.devices?.results : undefined;
  assert.deepEqual(
    results?.map(({ adminAccess }) => adminAccess),
    [true, undefined],
  );
});
