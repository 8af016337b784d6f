import { after, before } from "node:test";
import { openStorage, type ResourceStore, type Storage } from "#pkg/storage/index.ts";
import { startEtcd, type TestEtcd } from "#test/support/etcd.ts";
import { contract } from "./contract.ts";
import { DirectStore } from "./direct.ts";
import { podSpec } from "./support.ts";

let etcd: TestEtcd;
let alone: TestEtcd;
let wide: Storage;
let narrow: Storage;
let sole: Storage;
let direct: DirectStore;

before(async () => {
  etcd = await startEtcd();
  wide = await openStorage({ endpoints: [etcd.endpoint], limits: { freshnessMsMax: 500 } });
  // Hardly any history and tiny pages: past states come from etcd.
  narrow = await openStorage({
    endpoints: [etcd.endpoint],
    compactionIntervalMs: 0,
    limits: { freshnessMsMax: 500, pageBytes: 100, historyEventsMax: 1 },
  });
  alone = await startEtcd();
  sole = await openStorage({
    endpoints: [alone.endpoint],
    compactionIntervalMs: 0,
    limits: { freshnessMsMax: 500 },
    isSoleWriter: true,
  });
  direct = new DirectStore(etcd.endpoint, podSpec);
});

after(async () => {
  await wide?.[Symbol.asyncDispose]();
  await narrow?.[Symbol.asyncDispose]();
  await sole?.[Symbol.asyncDispose]();
  direct?.close();
  await Promise.all([etcd?.[Symbol.asyncDispose](), alone?.[Symbol.asyncDispose]()]);
});

contract("cached", (): ResourceStore => wide.store(podSpec));
contract("cached with little history", (): ResourceStore => narrow.store(podSpec));
contract("direct", (): ResourceStore => direct);
contract("cached, of the only one who writes", (): ResourceStore => sole.store(podSpec));
