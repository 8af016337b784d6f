/** An expression of a configuration: compiled when first needed, and told apart from others by its text in errors. */
import { compileExpression, type Expression } from "#pkg/apimachinery/cel/index.ts";

export type Variables = Readonly<Record<string, unknown>>;

/** An expression could not be compiled, or failed on this request. */
export class ExpressionError extends Error {
  override readonly name = "ExpressionError";
}

export class LazyExpression {
  readonly text: string;
  #compiled: Expression | ExpressionError | undefined;

  constructor(text: string) {
    this.text = text;
  }

  /** Throws ExpressionError in upstream's words. */
  evaluate(variables: Variables): unknown {
    this.#ensureCompiled();
    try {
      return this.evaluateInner(variables);
    } catch (cause) {
      throw new ExpressionError(`expression '${this.text}' resulted in error: ${firstLine(cause)}`, { cause });
    }
  }

  /** For a part of another expression, which tells what fails. Throws what the engine throws. */
  evaluateInner(variables: Variables): unknown {
    return this.#ensureCompiled()(variables);
  }

  #ensureCompiled(): Expression {
    this.#compiled ??= this.#compile();
    if (this.#compiled instanceof ExpressionError) throw this.#compiled;
    return this.#compiled;
  }

  #compile(): Expression | ExpressionError {
    try {
      return compileExpression(this.text);
    } catch (cause) {
      return new ExpressionError(`compilation error: compilation failed: ${firstLine(cause)}`, { cause });
    }
  }
}

/** What engines say beyond the first line is a picture of the expression. */
export function firstLine(error: unknown): string {
  const [line = ""] = (error as Error).message.split("\n", 1);
  return line.replace(/^No such key/, "no such key");
}
