import { randomUUID } from "node:crypto";
import type { LimitRange } from "#api/types/core/v1";
import type { Strategy } from "../../strategy.ts";
import { validateLimitRange } from "./validate.ts";

/** Limits fill in for container defaults that are not given: default from max, defaultRequest from default or min. */
export const limitranges: Strategy<LimitRange> = {
  allowCreateOnUpdate: true,
  /** A range without a name gets one. */
  prepareForCreate({ metadata }) {
    metadata.name ||= randomUUID();
  },
  validate: validateLimitRange,
  applyDefaults({ spec }) {
    for (const item of spec?.limits ?? []) {
      if (item.type !== "Container") continue;
      const limits = { ...item.max, ...item.default };
      if (Object.keys(limits).length > 0) item.default = limits;
      const requests = { ...item.min, ...limits, ...item.defaultRequest };
      if (Object.keys(requests).length > 0) item.defaultRequest = requests;
    }
  },
};
