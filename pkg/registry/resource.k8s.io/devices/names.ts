/** Names of pools, attributes and requests. */
import { invalid, required, tooLong } from "#pkg/apimachinery/validation/field-error.ts";
import { type Findings, say } from "../../shared/findings.ts";
import { labelErrors, subdomainErrors } from "../../shared/names.ts";
import { csiDriverName } from "../../shared/pod-spec/volume-sources.ts";

const poolNameMax = 253;
const domainMax = 63;
const identifierMax = 32;
/** `domain/identifier`: longer keys are shortened in paths. */
export const qualifiedNameMax = domainMax + 1 + identifierMax;

const identifierText =
  "a valid C identifier must start with alphabetic character or '_', followed by a string of alphanumeric characters or '_' (e.g. 'my_name',  or 'MY_NAME',  or 'MyName', regex used for validation is '[A-Za-z_][A-Za-z0-9_]*')";

/** Drivers of devices are named like those of volumes. */
export const driverName = csiDriverName;

export function* poolName(path: string, name: string | undefined): Findings {
  if (!name) {
    yield required(path);
    return;
  }
  if (Buffer.byteLength(name) > poolNameMax) yield tooLong(path, poolNameMax);
  for (const part of name.split("/")) yield* say(path, part, subdomainErrors(part));
}

function* identifier(path: string, text: string): Findings {
  if (text.length > identifierMax) yield tooLong(path, identifierMax);
  if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(text)) yield invalid(path, text, identifierText);
}

/** An identifier, perhaps in a domain; more than one slash goes unseen. */
export function* qualifiedName(path: string, name: string): Findings {
  const [first = "", second, ...more] = name.split("/");
  if (second === undefined) yield* identifier(path, first);
  else if (more.length === 0) {
    if (first === "") yield invalid(path, "", "the domain must not be empty");
    else yield* driverName(path, first);
    if (second === "") yield invalid(path, "", "the name must not be empty");
    else yield* identifier(path, second);
  }
}

export function* fullyQualifiedName(path: string, name: string): Findings {
  yield* qualifiedName(path, name);
  if (!name.includes("/")) {
    yield invalid(path, name, "a fully qualified name must be a domain and a name separated by a slash");
  }
}

/** The names of requests, with those of the alternatives of each. */
export type RequestNames = ReadonlyMap<string, ReadonlySet<string>>;

const unknownRequest =
  "must be the name of a request in the claim or the name of a request and a subrequest separated by '/'";

export function* requestReference(path: string, name: string, known: RequestNames): Findings {
  const [request = "", alternative, ...more] = name.split("/");
  if (more.length > 0) {
    yield invalid(path, name, unknownRequest);
    return;
  }
  yield* say(path, request, labelErrors(request));
  if (alternative !== undefined) yield* say(path, alternative, labelErrors(alternative));
  const alternatives = known.get(request);
  if (!alternatives || (alternative !== undefined && !alternatives.has(alternative))) {
    yield invalid(path, name, unknownRequest);
  }
}

/** A key as it stands in a path: the middle of a long one is left out. */
export function shownKey(key: string, max: number): string {
  if (key.length <= max) return key;
  const left = max - "...".length;
  return `${key.slice(0, Math.floor((left + 1) / 2))}...${key.slice(key.length - Math.floor(left / 2))}`;
}
