/** Services that change their type, and members that mean something for some types only. */
import type { Scenario, Step } from "../scenario.ts";
import { get, merge, post as postTo, send, withBody } from "../steps.ts";

const services = "/api/v1/namespaces/default/services";
const ports = [{ port: 80 }];

const create = (name: string, spec: object): Step => withBody(postTo(services, { metadata: { name }, spec }));
const change = (name: string, spec: object): Step => withBody(merge(`${services}/${name}`, { spec }));
const replace = (name: string, spec: object): Step =>
  withBody(send("PUT", `${services}/${name}`, { metadata: { name }, spec }));

const external = { type: "ExternalName", externalName: "example.com" };

const types = ["ClusterIP", "ExternalName"];

const between = (from: string, to: string): Step[] => {
  const name = `${from}-${to}`.toLowerCase();
  const spec = from === "ExternalName" ? external : { type: from, ports };
  const wanted = to === "ExternalName" ? { ...external, clusterIP: null } : { type: to, externalName: null, ports };
  return [
    create(name, { ...spec, internalTrafficPolicy: "Local" }),
    get(`${services}/${name}`),
    change(name, wanted),
    get(`${services}/${name}`),
    get(`${services}?fieldSelector=metadata.name%3D${name}`),
    { method: "DELETE", path: `${services}/${name}` },
  ];
};

export const serviceScenarios: readonly Scenario[] = [
  {
    name: "services: from type to type",
    steps: types.flatMap((from) => types.flatMap((to) => between(from, to))),
  },
  {
    name: "services: members of some types",
    steps: [
      ...["Cluster", "Local", "Else", ""].map((policy) =>
        create("policy", { ...external, internalTrafficPolicy: policy }),
      ),
      replace("policy", { ...external, internalTrafficPolicy: "Cluster" }),
      replace("policy", { ...external, internalTrafficPolicy: "Else" }),
      change("policy", { internalTrafficPolicy: "Local" }),
      get(`${services}/policy`),
      create("external-policy", { type: "ClusterIP", ports, externalTrafficPolicy: "Local" }),
      create("health", { type: "ClusterIP", ports, healthCheckNodePort: 30_100 }),
      create("allocates", { type: "ClusterIP", ports, allocateLoadBalancerNodePorts: true }),
      create("class", { type: "ClusterIP", ports, loadBalancerClass: "example.com/x" }),
      create("sources", { type: "ClusterIP", ports, loadBalancerSourceRanges: ["10.0.0.0/8"] }),
      create("address", { ...external, clusterIP: "10.96.0.77" }),
      create("families", { ...external, ipFamilies: ["IPv4"] }),
      create("family-policy", { ...external, ipFamilyPolicy: "SingleStack" }),
      create("headless", { type: "ClusterIP", clusterIP: "None", ports }),
      change("headless", { type: "NodePort" }),
      change("headless", { clusterIP: "10.96.0.78" }),
      create("port", { type: "NodePort", ports: [{ port: 80, nodePort: 30_101 }] }),
      change("port", { type: "ClusterIP" }),
      get(`${services}/port`),
      create("balanced", {
        type: "LoadBalancer",
        ports: [{ port: 80, nodePort: 30_102 }],
        externalTrafficPolicy: "Local",
        healthCheckNodePort: 30_103,
      }),
      change("balanced", { externalTrafficPolicy: "Cluster" }),
      change("balanced", { type: "ClusterIP" }),
      change("balanced", external),
    ],
  },
];
