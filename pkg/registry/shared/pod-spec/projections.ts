/** Rules on volumes whose files are made from objects: secrets, config maps, the pod's own fields, tokens. */
import type {
  ConfigMapVolumeSource,
  DownwardAPIVolumeFile,
  DownwardAPIVolumeSource,
  KeyToPath,
  ProjectedVolumeSource,
  SecretVolumeSource,
  ServiceAccountTokenProjection,
  VolumeProjection,
} from "#api/types/core/v1";
import { forbidden, invalid, required } from "#pkg/apimachinery/validation/field-error.ts";
import { each, type Findings, filled } from "../findings.ts";
import { fileInVolume } from "../paths.ts";
import { fieldSelector, fieldsOfVolumes, resourceSelector } from "./env.ts";

const modeMax = 0o777;

function* fileMode(path: string, mode: number | undefined): Findings {
  if (mode !== undefined && (mode < 0 || mode > modeMax)) {
    yield invalid(path, mode, "must be a number between 0 and 0777 (octal), both inclusive");
  }
}

function* keyToPath(path: string, item: KeyToPath): Findings {
  const { key, path: file, mode } = item ?? {};
  yield* filled(`${path}.key`, key);
  yield* filled(`${path}.path`, file);
  yield* fileInVolume(`${path}.path`, file ?? "");
  yield* fileMode(`${path}.mode`, mode);
}

export function* secret(path: string, { secretName, defaultMode, items }: SecretVolumeSource): Findings {
  yield* filled(`${path}.secretName`, secretName);
  yield* fileMode(`${path}.defaultMode`, defaultMode);
  yield* each(`${path}.items`, items, keyToPath);
}

export function* configMap(path: string, { name, defaultMode, items }: ConfigMapVolumeSource): Findings {
  yield* filled(`${path}.name`, name);
  yield* fileMode(`${path}.defaultMode`, defaultMode);
  yield* each(`${path}.items`, items, keyToPath);
}

/** The path of the list stands for each of its files, as upstream has it. */
export function* downwardApi(path: string, { defaultMode, items }: DownwardAPIVolumeSource): Findings {
  yield* fileMode(`${path}.defaultMode`, defaultMode);
  for (const file of items ?? []) yield* downwardFile(path, file);
}

function* downwardFile(path: string, file: DownwardAPIVolumeFile): Findings {
  const { path: name, fieldRef, resourceFieldRef, mode } = file ?? {};
  yield* filled(`${path}.path`, name);
  yield* fileInVolume(`${path}.path`, name ?? "");
  if (fieldRef) {
    yield* fieldSelector(`${path}.fieldRef`, fieldRef, fieldsOfVolumes);
    if (resourceFieldRef) {
      yield invalid(path, "resource", "fieldRef and resourceFieldRef can not be specified simultaneously");
    }
  } else if (resourceFieldRef) {
    yield* resourceSelector(`${path}.resourceFieldRef`, resourceFieldRef, { container: true });
  } else yield required(path, "one of fieldRef and resourceFieldRef is required");
  yield* fileMode(`${path}.mode`, mode);
}

export function* projected(path: string, { defaultMode, sources }: ProjectedVolumeSource): Findings {
  yield* fileMode(`${path}.defaultMode`, defaultMode);
  const files = new Set<string>();
  yield* each(`${path}.sources`, sources, (here, source) => projection({ path, here, files }, source ?? {}));
}

interface Place {
  /** The volume's path, at which clashes between sources are reported. */
  readonly path: string;
  /** The source's path. */
  readonly here: string;
  /** Files that sources before made. */
  readonly files: Set<string>;
}

function* projection(place: Place, source: VolumeProjection): Findings {
  const { path, here } = place;
  const { secret: ofSecret, configMap: ofConfigMap, downwardAPI, serviceAccountToken } = source;
  if (ofSecret) yield* keys(place, `${here}.secret`, ofSecret);
  if (ofConfigMap) yield* keys(place, `${here}.configMap`, ofConfigMap);
  for (const file of downwardAPI?.items ?? []) {
    yield* downwardFile(`${here}.downwardAPI`, file);
    yield* unique(place, file.path, file.path);
  }
  if (serviceAccountToken) yield* token(path, `${here}.serviceAccountToken`, serviceAccountToken);
  const count = [ofSecret, ofConfigMap, downwardAPI, serviceAccountToken].filter(Boolean).length;
  if (count > 1) yield forbidden(here, "may not specify more than 1 volume type per source");
}

function* keys(place: Place, path: string, of: { name?: string; items?: KeyToPath[] }): Findings {
  yield* filled(`${path}.name`, of.name);
  for (const [at, item] of (of.items ?? []).entries()) {
    yield* keyToPath(`${path}.items[${at}]`, item);
    yield* unique(place, item?.path, of.name ?? "");
  }
}

function* unique({ path, files }: Place, file: string | undefined, shown: string): Findings {
  if (!file) return;
  if (files.has(file)) yield invalid(path, shown, "conflicting duplicate paths");
  files.add(file);
}

const tokenSecondsMin = 600;
const tokenSecondsMax = 2 ** 32;

function* token(volume: string, path: string, of: ServiceAccountTokenProjection): Findings {
  const seconds = of.expirationSeconds ?? 0;
  const here = `${path}.expirationSeconds`;
  if (seconds < tokenSecondsMin) yield invalid(here, seconds, "may not specify a duration less than 10 minutes");
  if (seconds > tokenSecondsMax) yield invalid(here, seconds, "may not specify a duration larger than 2^32 seconds");
  if (!of.path) yield required(`${volume}.path`);
  else yield* fileInVolume(`${volume}.path`, of.path);
}
