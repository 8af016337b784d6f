import type { Ingress } from "#api/types/networking.k8s.io/v1";
import { age, type Cells, nameOf, orNone, shortList } from "#pkg/apimachinery/table/cells.ts";
import { addressesOf } from "../../core/services/columns.ts";

const hostsMax = 3;

export const ingressCells: Cells<Ingress> = (ingress, now) => {
  const rules = ingress.spec?.rules ?? [];
  const hosts = rules.map((r) => r.host ?? "").filter((h) => h !== "");
  return [
    nameOf(ingress),
    orNone(ingress.spec?.ingressClassName),
    shortList(hosts, hostsMax, rules.length) || "*",
    addressesOf(ingress.status?.loadBalancer?.ingress ?? []).join(","),
    ingress.spec?.tls?.length ? "80, 443" : "80",
    age(ingress, now),
  ];
};
