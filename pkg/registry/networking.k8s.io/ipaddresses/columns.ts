import type { IPAddress } from "#api/types/networking.k8s.io/v1";
import { age, type Cells, nameOf } from "#pkg/apimachinery/table/cells.ts";

/** The reference declares two columns and fills three; clients show the declared ones. */
export const ipAddressCells: Cells<IPAddress> = (address, now) => {
  const of = address.spec?.parentRef;
  const resource = of ? `${of.resource}${of.group ? `.${of.group}` : ""}`.toLowerCase() : "";
  const path = of ? [resource, of.namespace ?? "", of.name].filter((part) => part !== "").join("/") : "<none>";
  return [nameOf(address), path, age(address, now)];
};
