/** What a namespace asks for: the labels of the Pod Security Standards, over the defaults of the server. */
import { type FieldError, invalid } from "#pkg/apimachinery/validation/field-error.ts";
import {
  isLevel,
  isStricter,
  isVersion,
  type Level,
  type LevelVersion,
  sameLevel,
  wrongLevel,
  wrongVersion,
} from "./levels.ts";

/** What happens to a pod that violates a level: it is refused, it is noted, or whoever writes it is told. */
export const modes = ["enforce", "audit", "warn"] as const;
export type Mode = (typeof modes)[number];

export type Policy = Readonly<Record<Mode, LevelVersion>>;

export interface NamespacePolicy extends Policy {
  /** What is wrong with the labels. */
  readonly errors: readonly FieldError[];
}

type Labels = Readonly<Record<string, string>>;

export const labelOf = (mode: Mode): string => `pod-security.kubernetes.io/${mode}`;
export const versionLabelOf = (mode: Mode): string => `${labelOf(mode)}-version`;

export const isPrivileged = (policy: Policy): boolean => modes.every((mode) => policy[mode].level === "privileged");

export const samePolicy = (a: Policy, b: Policy): boolean => modes.every((mode) => sameLevel(a[mode], b[mode]));

/** Whether a namespace says anything of a mode itself. */
export const saysOf = (labels: Labels, mode: Mode): boolean =>
  Object.hasOwn(labels, labelOf(mode)) || Object.hasOwn(labels, versionLabelOf(mode));

const textOf = (labels: Labels, key: string): string | undefined =>
  Object.hasOwn(labels, key) ? labels[key] : undefined;

/** A level that is none enforces the strictest; nobody is told of, or charged with, what nobody asked for. */
const levelOfWrong: Readonly<Record<Mode, Level>> = { enforce: "restricted", audit: "privileged", warn: "privileged" };

interface Read extends LevelVersion {
  readonly errors: readonly FieldError[];
}

function readMode(labels: Labels, mode: Mode, otherwise: LevelVersion): Read {
  const errors: FieldError[] = [];
  const level = textOf(labels, labelOf(mode));
  const version = textOf(labels, versionLabelOf(mode));
  if (level !== undefined && !isLevel(level)) {
    errors.push(invalid(`metadata.labels[${labelOf(mode)}]`, level, wrongLevel));
  }
  if (version !== undefined && !isVersion(version)) {
    errors.push(invalid(`metadata.labels[${versionLabelOf(mode)}]`, version, wrongVersion));
  }
  return {
    level: level === undefined ? otherwise.level : isLevel(level) ? level : levelOfWrong[mode],
    version: version === undefined ? otherwise.version : isVersion(version) ? version : "latest",
    errors,
  };
}

/** There is always a policy, whatever is wrong with the labels. */
export function parsePolicy(labels: Labels, defaults: Policy): NamespacePolicy {
  const enforce = readMode(labels, "enforce", defaults.enforce);
  const audit = readMode(labels, "audit", defaults.audit);
  const warn = readMode(labels, "warn", defaults.warn);
  const errors = [...enforce.errors, ...audit.errors, ...warn.errors];
  return { enforce: only(enforce), audit: only(audit), warn: warnOf(labels, { warn, enforce }), errors };
}

const only = ({ level, version }: LevelVersion): LevelVersion => ({ level, version });

/** Who enforces a level, and says nothing of warnings, warns of it: that is what the owners of controllers see. */
function warnOf(labels: Labels, { warn, enforce }: Pick<Policy, "warn" | "enforce">): LevelVersion {
  const enforced = textOf(labels, labelOf("enforce"));
  const follows = enforced !== undefined && isLevel(enforced) && textOf(labels, labelOf("warn")) === undefined;
  if (!follows || !isStricter(enforce.level, warn.level)) return only(warn);
  const isVersionSaid = textOf(labels, versionLabelOf("warn")) !== undefined;
  return { level: enforce.level, version: isVersionSaid ? warn.version : enforce.version };
}

/** Policies by the labels they were read from: a namespace in the cache keeps its object until it changes. */
export class Policies {
  readonly defaults: Policy;
  readonly #byLabels = new WeakMap<Labels, NamespacePolicy>();
  readonly #unlabeled: NamespacePolicy;

  constructor(defaults: Policy) {
    this.defaults = defaults;
    this.#unlabeled = { ...defaults, errors: [] };
  }

  of(labels: Labels | undefined): NamespacePolicy {
    if (!labels) return this.#unlabeled;
    let policy = this.#byLabels.get(labels);
    if (!policy) {
      policy = parsePolicy(labels, this.defaults);
      this.#byLabels.set(labels, policy);
    }
    return policy;
  }
}
