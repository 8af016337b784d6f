/** A part of the bench: what it does to one server, and what is told of it. */
import type { Figures } from "./measured.ts";
import type { RowPlan } from "./row.ts";
import type { Target } from "./target.ts";

export interface Sizes {
  readonly pods: number;
  readonly watchers: number;
  readonly definitions: number;
}

export interface Section {
  /** As `--only` selects it. */
  readonly name: string;
  readonly title: string;
  /** For one server, start and end of it included, ms. */
  readonly msMax: number;
  /** Rejects when anything failed, was lost or is missing. */
  measure(target: Target, sizes: Sizes): Promise<Figures>;
  rows(sizes: Sizes): readonly RowPlan[];
}

export const counted = (count: number): string => count.toLocaleString("en");

/** Figures with their names behind a word: `slow` and `all_ms` become `slow_all_ms`. */
export const prefixed = (word: string, figures: Figures): Figures =>
  Object.fromEntries(Object.entries(figures).map(([name, value]) => [`${word}_${name}`, value]));
