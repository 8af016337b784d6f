/**
 * What a server asks of namespaces that say nothing, and whom it exempts: PodSecurityConfiguration of
 * pod-security.admission.config.k8s.io.
 */
import { DecodeError } from "#pkg/apimachinery/codec/index.ts";
import { duplicate, type FieldError, invalid } from "#pkg/apimachinery/validation/field-error.ts";
import { labelErrors, subdomainErrors } from "#pkg/registry/shared/names.ts";
import { type ConfigurationKind, decodeConfiguration, struct, text, texts } from "../configuration/strict.ts";
import { type Exemptions, noExemptions } from "./exemptions.ts";
import { isLevel, isVersion, type LevelVersion, wrongLevel, wrongVersion } from "./levels.ts";
import { type Mode, modes, type Policy } from "./policy.ts";

export interface PodSecurityConfiguration {
  readonly defaults: Policy;
  readonly exemptions: Exemptions;
}

const group = "pod-security.admission.config.k8s.io";

const configuration: ConfigurationKind = {
  kind: "PodSecurityConfiguration",
  apiVersions: [`${group}/v1`, `${group}/v1beta1`, `${group}/v1alpha1`],
  shape: struct("PodSecurityConfiguration", {
    apiVersion: text,
    kind: text,
    defaults: struct(
      "PodSecurityDefaults",
      Object.fromEntries(modes.flatMap((mode) => [mode, `${mode}-version`].map((name) => [name, text]))),
    ),
    exemptions: struct("PodSecurityExemptions", { usernames: texts, namespaces: texts, runtimeClasses: texts }),
  }),
};

type Texts = Readonly<Record<string, readonly string[]>>;

/** YAML or JSON in. Throws an Error in upstream's words. */
export function parseConfiguration(source: string | undefined): PodSecurityConfiguration {
  const { defaults = {}, exemptions = {} } = source ? decode(source) : {};
  const policy = policyOf(defaults as Readonly<Record<string, string>>);
  if (!source) return { defaults: policy, exemptions: noExemptions };
  return { defaults: policy, exemptions: exemptionsOf(exemptions as Texts) };
}

function decode(source: string): Readonly<Record<string, unknown>> {
  try {
    return decodeConfiguration(source, configuration);
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error;
    throw new Error(`couldn't init admission plugin "PodSecurity": ${error.message}`, { cause: error });
  }
}

const uninitialized = (what: string, errors: readonly string[]): Error => {
  const all = [...new Set(errors)];
  const why = all.length === 1 ? all[0] : `[${all.join(", ")}]`;
  return new Error(`failed to initialize admission plugin "PodSecurity": PodSecurity ${what}: ${why}`);
};

function policyOf(defaults: Readonly<Record<string, string>>): Policy {
  const errors: string[] = [];
  const read = (mode: Mode): LevelVersion => {
    const level = defaults[mode] || "privileged";
    const version = defaults[`${mode}-version`] || "latest";
    if (!isLevel(level)) errors.push(`${mode}: ${wrongLevel}`);
    if (!isVersion(version)) errors.push(`${mode}-version: ${wrongVersion}`);
    return { level: isLevel(level) ? level : "restricted", version };
  };
  const policy = { enforce: read("enforce"), audit: read("audit"), warn: read("warn") };
  if (errors.length > 0) throw uninitialized("configuration error", errors);
  return policy;
}

const nameless = (name: string): string[] => (name === "" ? ["username must not be empty"] : []);

function exemptionsOf({ namespaces = [], runtimeClasses = [], usernames = [] }: Texts): Exemptions {
  const errors = [
    ...wrongNames("namespaces", namespaces, labelErrors),
    ...wrongNames("runtimeClasses", runtimeClasses, subdomainErrors),
    ...wrongNames("usernames", usernames, nameless),
  ].map(({ field, detail }) => `${field}: ${detail}`);
  if (errors.length > 0) throw uninitialized("invalid", errors);
  return {
    namespaces: new Set(namespaces),
    runtimeClasses: new Set(runtimeClasses),
    usernames: new Set(usernames),
  };
}

function wrongNames(list: string, names: readonly string[], wrong: (name: string) => string[]): FieldError[] {
  const seen = new Set<string>();
  return names.flatMap((name, i) => {
    const path = `exemptions.${list}[${i}]`;
    const errors = wrong(name);
    if (errors.length > 0) return [invalid(path, name, errors.join(", "))];
    if (seen.has(name)) return [duplicate(path, name)];
    seen.add(name);
    return [];
  });
}
