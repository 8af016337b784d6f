/** Expressions of admission: their variables and the authorizer library. */
export {
  type Answer,
  type Ask,
  authorizerValue,
  type Question,
  type ResourceQuestion,
  resourceCheckValue,
} from "./authorizer.ts";
export { type AdmissionVariables, admissionEnvironment, compileAdmission } from "./environment.ts";
export { namespaceType, requestType } from "./request-types.ts";
