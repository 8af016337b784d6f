/** What expressions of webhooks and policies may name: https://kubernetes.io/docs/reference/access-authn-authz/validating-admission-policy/ */
import { Environment, type Program } from "../environment.ts";
import { CompileError } from "../source.ts";
import { dyn, printOutput, sameType, type Type } from "../types.ts";
import { authorization, authorizerType, resourceCheckType } from "./authorizer.ts";
import { namespaceType, requestType, variablesType } from "./request-types.ts";

export interface AdmissionVariables {
  /** The configuration names a kind of parameters. */
  readonly params: boolean;
  readonly authorizer: boolean;
  /** Types of a policy's own variables, so far. */
  readonly composed?: ReadonlyMap<string, Type>;
  /** What `object`, `oldObject` and `params` are; default: anything. */
  readonly types?: { readonly object?: Type; readonly params?: Type };
}

/** Environments without types of their own are few, and serve all expressions. */
const shared = new Map<string, Environment>();

export function admissionEnvironment(variables: AdmissionVariables): Environment {
  if (variables.composed || variables.types) return makeEnvironment(variables);
  const key = `${variables.params} ${variables.authorizer}`;
  let known = shared.get(key);
  if (!known) {
    known = makeEnvironment(variables);
    shared.set(key, known);
  }
  return known;
}

function makeEnvironment({ params, authorizer, composed, types = {} }: AdmissionVariables): Environment {
  const object = types.object ?? dyn;
  return new Environment({
    variables: {
      object,
      oldObject: object,
      request: requestType,
      namespaceObject: namespaceType,
      ...(params ? { params: types.params ?? dyn } : {}),
      ...(authorizer ? { authorizer: authorizerType, "authorizer.requestResource": resourceCheckType } : {}),
      ...(composed ? { variables: variablesType(composed) } : {}),
    },
    libraries: [authorization],
  });
}

/** `returns`: the types that the expression may have; empty: any. Throws an Error in upstream's words. */
export function compileAdmission(text: string, variables: AdmissionVariables, returns: readonly Type[]): Program {
  const program = compile(text, variables);
  const { type } = program;
  if (returns.length === 0 || returns.some((one) => sameType(one, type))) return program;
  const [first] = returns;
  const wanted = returns.length === 1 && first ? printOutput(first) : `one of [${returns.map(printOutput).join(" ")}]`;
  throw new Error(`must evaluate to ${wanted} but got ${printOutput(type)}`);
}

function compile(text: string, variables: AdmissionVariables): Program {
  try {
    return admissionEnvironment(variables).compile(text);
  } catch (error) {
    if (!(error instanceof CompileError)) throw error;
    throw new Error(`compilation failed: ${error.message}`, { cause: error });
  }
}
