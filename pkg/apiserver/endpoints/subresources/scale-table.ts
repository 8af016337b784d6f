/** A Scale as a table: `kubectl get --subresource=scale`. */
import type { Column } from "#api/index.ts";
import type { Scale } from "#api/types/autoscaling/v1";
import type { KubeObject } from "#pkg/apimachinery/object.ts";
import { age, nameOf } from "#pkg/apimachinery/table/cells.ts";
import type { Printed } from "../../negotiation/tables.ts";
import type { ServedResource } from "../../resources/served-resource.ts";

const column = (name: string, type: string, format = ""): Column => ({ name, type, format, wide: false });

const columns = [
  column("Name", "string", "name"),
  column("Desired", "integer"),
  column("Available", "integer"),
  column("Age", "date"),
];

function cells(object: Readonly<KubeObject>, now: Date): unknown[] {
  const scale = object as Readonly<Scale & KubeObject>;
  return [nameOf(scale), scale.spec?.replicas ?? 0, scale.status?.replicas ?? 0, age(scale, now)];
}

/** The resource that is scaled, as what its Scale looks like. */
export const printedScale = ({ def }: ServedResource): Printed => ({
  def: { ...def, plural: "scales", type: "autoscaling/v1.Scale", columns },
  custom: { columns: { cells } },
});
