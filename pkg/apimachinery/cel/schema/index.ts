/** Expressions over values that a schema describes. */
export { validateSchemaRules } from "./check.ts";
export { type Declared, declare } from "./declared.ts";
export { escapeName } from "./names.ts";
export { type CompiledRule, compileRules } from "./rules.ts";
