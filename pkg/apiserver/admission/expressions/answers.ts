/** What the authorizer says to expressions, which cannot wait for it. */
import type { Answer, Question } from "#pkg/apimachinery/cel/admission/index.ts";
import { CelError } from "#pkg/apimachinery/cel/index.ts";
import type { RequestUser } from "#pkg/registry/strategy.ts";
import type { Attributes, Authorizer, Decision } from "../../authz/authorizer.ts";

/** Each round answers at least one question; more do not fit into an expression's budget. */
const roundsMax = 100;

/** An answer is on its way: the evaluation is done again when it is there. */
class NotYetAnswered extends CelError {}

export class Answers {
  readonly #authorizer: Authorizer;
  readonly #user: RequestUser;
  readonly #known = new Map<string, Answer>();
  #coming: Promise<void>[] = [];

  constructor(authorizer: Authorizer, user: RequestUser) {
    this.#authorizer = authorizer;
    this.#user = user;
  }

  /** Throws where the authorizer does not answer at once. */
  readonly ask = (question: Question): Answer => {
    const key = JSON.stringify(question);
    const known = this.#known.get(key);
    if (known) return known;
    const decision = this.#authorizer.authorize(attributesOf(question, this.#user));
    if (!(decision instanceof Promise)) return this.#keep(key, answerOf(decision));
    const coming = decision.then(answerOf, (error: Error) => ({ allowed: false, reason: "", error: error.message }));
    this.#coming.push(coming.then((answer) => void this.#keep(key, answer)));
    throw new NotYetAnswered("the authorizer has not answered yet");
  };

  /** Evaluates, again and again, until no question is open. `evaluate` has no other effects. */
  async with<T>(evaluate: () => T): Promise<T> {
    for (let round = 0; round < roundsMax; round++) {
      let outcome: { readonly value: T } | { readonly error: unknown };
      try {
        outcome = { value: evaluate() };
      } catch (error) {
        outcome = { error };
      }
      if (this.#coming.length === 0) {
        if ("error" in outcome) throw outcome.error;
        return outcome.value;
      }
      await Promise.all(this.#coming.splice(0));
    }
    throw new Error("too many questions to the authorizer");
  }

  #keep(key: string, answer: Answer): Answer {
    this.#known.set(key, answer);
    return answer;
  }
}

const answerOf = ({ outcome, reason }: Decision): Answer => ({ allowed: outcome === "allow", reason, error: "" });

function attributesOf({ serviceAccount, verb, target }: Question, asking: RequestUser): Attributes {
  const user = serviceAccount ? userOf(serviceAccount) : asking;
  if ("path" in target) return { user, verb, resource: undefined, path: target.path };
  const { group, resource: plural, subresource, namespace, name, fieldSelector } = target;
  const resource = { group, version: "*", plural, subresource, namespace, name };
  return { user, verb, resource, path: "", ...(fieldSelector ? { fieldSelector } : {}) };
}

const userOf = ({ namespace, name }: { readonly namespace: string; readonly name: string }): RequestUser => ({
  name: `system:serviceaccount:${namespace}:${name}`,
  groups: ["system:serviceaccounts", `system:serviceaccounts:${namespace}`, "system:authenticated"],
});
