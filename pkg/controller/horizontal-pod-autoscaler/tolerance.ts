/** How far from its target a ratio may be before anything is scaled. Pure. */
import type { HorizontalPodAutoscalerSpec } from "#api/types/autoscaling/v2";
import { parseQuantity } from "#pkg/apimachinery/quantity/index.ts";

export interface Tolerances {
  readonly up: number;
  readonly down: number;
}

export function tolerancesOf({ behavior }: HorizontalPodAutoscalerSpec, usual: number): Tolerances {
  const of = (text: string | undefined) => (text === undefined ? usual : parseQuantity(text).toNumber());
  return { up: of(behavior?.scaleUp?.tolerance), down: of(behavior?.scaleDown?.tolerance) };
}

export const isWithin = ({ up, down }: Tolerances, ratio: number): boolean => 1 - down <= ratio && ratio <= 1 + up;
