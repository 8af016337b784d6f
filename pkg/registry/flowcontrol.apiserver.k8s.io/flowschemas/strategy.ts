import type { FlowSchema, PriorityLevelConfiguration } from "#api/types/flowcontrol.apiserver.k8s.io/v1";
import { allMetadata } from "../../shared/kept-metadata.ts";
import type { Strategy } from "../../strategy.ts";
import { validatePriorityLevel, validatePriorityLevelStatus } from "../prioritylevelconfigurations/validate.ts";
import { validateFlowSchema, validateFlowSchemaStatus } from "./validate.ts";

export const flowschemas: Strategy<FlowSchema> = {
  hasGeneration: true,
  prepareForCreate(flow) {
    flow.status = {};
  },
  validate: validateFlowSchema,
  applyDefaults({ spec }) {
    if (spec && !spec.matchingPrecedence) spec.matchingPrecedence = 1000;
  },
  subresources: { status: { keepsMetadata: allMetadata, validateUpdate: validateFlowSchemaStatus } },
};

export const prioritylevelconfigurations: Strategy<PriorityLevelConfiguration> = {
  hasGeneration: true,
  prepareForCreate(level) {
    level.status = {};
  },
  validate: validatePriorityLevel,
  applyDefaults({ spec }) {
    if (spec?.exempt) {
      spec.exempt.nominalConcurrencyShares ??= 0;
      spec.exempt.lendablePercent ??= 0;
    }
    const limited = spec?.limited;
    if (!limited) return;
    limited.nominalConcurrencyShares ??= 30;
    limited.lendablePercent ??= 0;
    const queuing = limited.limitResponse?.queuing;
    if (!queuing) return;
    queuing.handSize ||= 8;
    queuing.queues ||= 64;
    queuing.queueLengthLimit ||= 50;
  },
  subresources: { status: { keepsMetadata: allMetadata, validateUpdate: validatePriorityLevelStatus } },
};
