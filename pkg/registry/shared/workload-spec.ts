/** Rules that the workloads of group apps share: a selector that must fit the template's labels. */
import type { PodTemplateSpec } from "#api/types/core/v1";
import type { LabelSelector } from "#api/types/meta/v1";
import type { LabelSelector as Matcher } from "#pkg/apimachinery/labels/index.ts";
import { type FieldError, invalid, required } from "#pkg/apimachinery/validation/field-error.ts";
import type { Findings } from "./findings.ts";
import { withSortedMaps } from "./internal-form/index.ts";
import { isEmptySelector, labelSelector, matcherOf } from "./label-selector.ts";
import { labelsOutsideSelector } from "./pod-template/validate.ts";

/** A selector must be there, be valid and select something. `kind` stands in the text. */
export function* workloadSelector(path: string, selector: LabelSelector | undefined, kind: string): Findings {
  if (!selector) {
    yield required(path);
    return;
  }
  yield* labelSelector(path, selector);
  yield* notEmpty(path, selector, kind);
}

export function* notEmpty(path: string, selector: LabelSelector | undefined, kind: string): Findings {
  if (selector && isEmptySelector(selector)) yield invalid(path, {}, `empty selector is invalid for ${kind}`);
}

export type LabelTest = Pick<Matcher, "empty" | "matches">;

/** A selector of exact values, whose keys and values need not be good labels. */
export function mapMatcher(selector: Readonly<Record<string, string>> | undefined): LabelTest {
  const entries = Object.entries(selector ?? {});
  return {
    empty: entries.length === 0,
    matches: (labels) => entries.every(([key, value]) => labels && Object.hasOwn(labels, key) && labels[key] === value),
  };
}

/** An empty selector is reported as such, not for what it matches. */
export function* selectsTemplate(path: string, template: PodTemplateSpec | undefined, matcher: LabelTest): Findings {
  if (matcher.empty || matcher.matches(template?.metadata?.labels)) return;
  yield labelsOutsideSelector(path, template);
}

export interface MatchOptions {
  readonly path: string;
  readonly selector: LabelSelector | undefined;
  /** What upstream says of a selector that cannot be understood. */
  readonly text: string;
  readonly rules: (matcher: Matcher) => Iterable<FieldError>;
}

/** The rules on the template need a selector that can be understood. */
export function* withMatcher({ path, selector, text, rules }: MatchOptions): Findings {
  const matcher = matcherOf(selector);
  if (matcher) yield* rules(matcher);
  else yield invalid(path, shownSelector(selector), text);
}

export const shownSelector = (selector: LabelSelector | undefined): unknown => withSortedMaps(selector ?? null);
