import assert from "node:assert/strict";
import { test } from "node:test";
import { parseKubeletConfiguration } from "./configuration.ts";

const head = "apiVersion: kubelet.config.k8s.io/v1beta1\nkind: KubeletConfiguration\n";

for (const { name, body, wants } of [
  { name: "nothing said", body: "", wants: {} },
  { name: "durations of what is not used", body: "syncFrequency: 1m0s\nnodeStatusUpdateFrequency: 0s\n", wants: {} },
  { name: "lists", body: "clusterDNS: [10.96.0.10, 10.96.0.11]\n", wants: { "cluster-dns": "10.96.0.10,10.96.0.11" } },
  { name: "zero counts, empty does not", body: 'healthzPort: 0\ncgroupRoot: ""\n', wants: { "healthz-port": 0 } },
  {
    name: "nested",
    body: "authentication:\n  anonymous: {enabled: false}\n  x509: {clientCAFile: /ca.crt}\n  webhook: {cacheTTL: 2m0s}\n",
    wants: { "client-ca-file": "/ca.crt", "anonymous-auth": false },
  },
  {
    name: "taints",
    body: "registerWithTaints:\n- {key: a, value: b, effect: NoSchedule}\n- {key: c, effect: NoExecute}\n",
    wants: { "register-with-taints": "a=b:NoSchedule,c:NoExecute" },
  },
]) {
  test(`configuration: ${name}`, () => assert.deepEqual(parseKubeletConfiguration(head + body), wants));
}

for (const { name, source, wants } of [
  { name: "another kind", source: "kind: Pod", wants: /does not hold a KubeletConfiguration/ },
  { name: "wrong form", source: `${head}maxPods: many`, wants: /^Error: maxPods: invalid value "many"/ },
]) {
  test(`configuration refused: ${name}`, () => assert.throws(() => parseKubeletConfiguration(source), wants));
}
