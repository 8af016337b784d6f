import type { IngressClass } from "#api/types/networking.k8s.io/v1";
import { age, type Cells, nameOf } from "#pkg/apimachinery/table/cells.ts";

export const ingressClassCells: Cells<IngressClass> = (ingressClass, now) => {
  const of = ingressClass.spec?.parameters;
  return [
    nameOf(ingressClass),
    ingressClass.spec?.controller ?? "",
    of ? `${of.kind}${of.apiGroup ? `.${of.apiGroup}` : ""}/${of.name}` : "<none>",
    age(ingressClass, now),
  ];
};
