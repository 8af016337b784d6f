/** Objects against the schema of their resource. */
import type { FieldError } from "#pkg/apimachinery/validation/field-error.ts";
import type { Correlation } from "./correlation.ts";
import { check } from "./schema-check.ts";
import { fieldErrors } from "./schema-errors.ts";
import { hasRawNumber, type Structural } from "./structural.ts";

export class SchemaValidator {
  readonly #schema: Structural;
  readonly #isDefault: boolean;

  /**
   * `isDefault`: what is validated stands in a schema. Formats that nobody knows count there too, and numbers that may be
   * texts have no type of their own.
   */
  constructor(schema: Structural, { isDefault = false } = {}) {
    this.#schema = schema;
    this.#isDefault = isDefault;
  }

  /**
   * `at`: where the value is in its object; what is wrong is worded as of the value itself. What was wrong before and did
   * not change is let be.
   */
  validate(value: unknown, at = "", before?: Correlation): FieldError[] {
    const [schema, isDefault] = [this.#schema, this.#isDefault];
    const asked = hasRawNumber(value) ? JSON.parse(JSON.stringify(value)) : value;
    const findings = check(schema, asked, { isDefault });
    if (findings.length === 0) return [];
    const counted = before ? findings.filter(({ instance }) => !before.isUnchangedAt(instance)) : findings;
    const errors = fieldErrors(counted, { value: asked, schema, isDefault });
    if (at === "") return errors;
    return errors.map((error) => ({ ...error, field: error.field === "<nil>" ? at : joined(at, error.field) }));
  }
}

const joined = (at: string, path: string): string => (path.startsWith("[") ? `${at}${path}` : `${at}.${path}`);
