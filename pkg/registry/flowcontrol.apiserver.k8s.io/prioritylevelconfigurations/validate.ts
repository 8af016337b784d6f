/** The rules of priority levels: https://kubernetes.io/docs/concepts/cluster-administration/flow-control/ */
import type {
  ExemptPriorityLevelConfiguration,
  LimitedPriorityLevelConfiguration,
  LimitResponse,
  PriorityLevelConfiguration,
  PriorityLevelConfigurationSpec,
  QueuingConfiguration,
} from "#api/types/flowcontrol.apiserver.k8s.io/v1";
import {
  type FieldError,
  forbidden,
  invalid,
  notSupported,
  required,
} from "#pkg/apimachinery/validation/field-error.ts";
import { type Findings, within } from "../../shared/findings.ts";
import { internalForm } from "../../shared/internal-form/index.ts";
import { sameMeaning } from "../../shared/semantic.ts";
import { uniqueConditions } from "../flowschemas/validate.ts";
import { mandatoryPriorityLevels } from "../mandatory.ts";

const types = ["Exempt", "Limited"];
const responses = ["Queue", "Reject"];
const queuesMax = 10_000_000;
/** Bits of the hash that shuffle sharding deals from. */
const hashBits = 60;
const roundtripAnnotation = "flowcontrol.k8s.io/v1beta3-preserve-zero-concurrency-shares";

export function validatePriorityLevel({ metadata, spec, status }: Readonly<PriorityLevelConfiguration>): FieldError[] {
  const name = metadata.name ?? "";
  return [
    ...noRoundtrip(metadata.annotations),
    ...levelSpec("spec", name, spec ?? {}),
    ...fixedSpec("spec", name, spec ?? {}),
    ...uniqueConditions("status.conditions", status?.conditions),
  ];
}

export const validatePriorityLevelStatus = ({ status }: Readonly<PriorityLevelConfiguration>): FieldError[] => [
  ...uniqueConditions("status.conditions", status?.conditions),
];

function* noRoundtrip(annotations: Readonly<Record<string, string>> = {}): Findings {
  if (!Object.hasOwn(annotations, roundtripAnnotation)) return;
  yield forbidden("metadata.annotations", `annotation '${roundtripAnnotation}' is forbidden`);
}

/** Of the level that nothing limits, only how much it lends may be changed. */
function* fixedSpec(path: string, name: string, spec: Partial<PriorityLevelConfigurationSpec>): Findings {
  const fixed = mandatoryPriorityLevels.get(name);
  if (!fixed) return;
  const shown = internalForm(spec, "PriorityLevelConfigurationSpec");
  if (name !== "exempt") {
    if (!sameMeaning(spec, fixed)) yield invalid(path, shown, `spec of '${name}' must equal the fixed value`);
    return;
  }
  if (!sameMeaning({ ...spec, exempt: undefined }, { ...fixed, exempt: undefined })) {
    yield invalid(path, shown, `spec of '${name}' except the 'spec.exempt' field must equal the fixed value`);
  }
}

function* levelSpec(path: string, name: string, spec: Partial<PriorityLevelConfigurationSpec>): Findings {
  const { limited, exempt } = spec;
  const type: string = spec.type ?? "";
  if ((name === "exempt") !== (type === "Exempt")) {
    yield invalid(`${path}.type`, type, "must be 'Exempt' if and only if `name` is 'exempt'");
  }
  if (type === "Exempt") {
    if (limited) yield forbidden(`${path}.limited`, "must be nil if the type is not Limited");
    if (exempt) yield* exemptLevel(`${path}.exempt`, exempt);
  } else if (type === "Limited") {
    if (exempt) yield forbidden(`${path}.exempt`, "must be nil if the type is Limited");
    if (limited) yield* limitedLevel(`${path}.limited`, limited);
    else yield required(`${path}.limited`, "must not be empty when type is Limited");
  } else yield notSupported(`${path}.type`, type, types);
}

function* exemptLevel(path: string, level: ExemptPriorityLevelConfiguration): Findings {
  yield* shares(`${path}.nominalConcurrencyShares`, level.nominalConcurrencyShares);
  yield* within(`${path}.lendablePercent`, level.lendablePercent, 0, 100);
}

function* shares(path: string, value: number | undefined): Findings {
  if ((value ?? 0) < 0) yield invalid(path, value, "must be a non-negative integer");
}

function* limitedLevel(path: string, level: LimitedPriorityLevelConfiguration): Findings {
  yield* shares(`${path}.nominalConcurrencyShares`, level.nominalConcurrencyShares);
  yield* limitResponse(`${path}.limitResponse`, level.limitResponse ?? {});
  yield* within(`${path}.lendablePercent`, level.lendablePercent, 0, 100);
  const borrowed = level.borrowingLimitPercent;
  if (borrowed !== undefined && borrowed < 0) {
    yield invalid(`${path}.borrowingLimitPercent`, borrowed, "if specified, must be a non-negative integer");
  }
}

function* limitResponse(path: string, { type, queuing }: Partial<LimitResponse>): Findings {
  if (type === "Reject") {
    if (queuing) yield forbidden(`${path}.queuing`, "must be nil if limited.limitResponse.type is not Limited");
  } else if (type === "Queue") {
    if (queuing) yield* queues(`${path}.queuing`, queuing);
    else yield required(`${path}.queuing`, "must not be empty if limited.limitResponse.type is Limited");
  } else yield notSupported(`${path}.type`, type ?? "", responses);
}

function* queues(path: string, queuing: QueuingConfiguration): Findings {
  const { queueLengthLimit = 0, queues: count = 0, handSize = 0 } = queuing;
  if (queueLengthLimit <= 0) yield invalid(`${path}.queueLengthLimit`, queueLengthLimit, "must be positive");
  if (count <= 0) yield invalid(`${path}.queues`, count, "must be positive");
  else if (count > queuesMax) yield invalid(`${path}.queues`, count, `must not be greater than ${queuesMax}`);
  const at = `${path}.handSize`;
  if (handSize <= 0) yield invalid(at, handSize, "must be positive");
  else if (handSize > count) yield invalid(at, handSize, `should not be greater than queues (${count})`);
  else if (entropyBits(count, handSize) > hashBits) {
    const text = `required entropy bits of deckSize ${count} and handSize ${handSize} should not be greater than ${hashBits}`;
    yield invalid(at, handSize, text);
  }
}

/** How many bits a hand of so many cards takes, were each dealt from the whole deck. */
const entropyBits = (deck: number, hand: number): number => Math.ceil(Math.log2(deck) * hand);
