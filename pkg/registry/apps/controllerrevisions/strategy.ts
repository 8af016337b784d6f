import type { ControllerRevision } from "#api/types/apps/v1";
import type { Strategy } from "../../strategy.ts";
import { validateNewRevision, validateRevision, validateRevisionUpdate } from "./validate.ts";

export const controllerrevisions: Strategy<ControllerRevision> = {
  validate: validateRevision,
  validateCreate: validateNewRevision,
  validateUpdate: validateRevisionUpdate,
};
