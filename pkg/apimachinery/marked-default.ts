/** Which class objects get that ask for none: an annotation marks it as the default. */
import type { KubeObject } from "./object.ts";

type Class = Pick<KubeObject, "metadata">;

export const isMarked = ({ metadata }: Readonly<Class>, marks: readonly string[]): boolean =>
  marks.some((key) => metadata.annotations?.[key] === "true");

/** Of several the newest, of those that are equally old the first by name. Undefined where there is none. */
export const markedDefault = <T extends Class>(classes: Iterable<T>, marks: readonly string[]): T | undefined =>
  [...classes].filter((one) => isMarked(one, marks)).sort((a, b) => madeAt(b) - madeAt(a) || nameOrder(a, b))[0];

const madeAt = ({ metadata }: Readonly<Class>): number => Date.parse(metadata.creationTimestamp ?? "") || 0;
const nameOrder = (a: Readonly<Class>, b: Readonly<Class>): number =>
  (a.metadata.name ?? "") < (b.metadata.name ?? "") ? -1 : 1;
