/** Whom the standards do not concern. */

export interface Exemptions {
  readonly usernames: ReadonlySet<string>;
  readonly namespaces: ReadonlySet<string>;
  readonly runtimeClasses: ReadonlySet<string>;
}

export const noExemptions: Exemptions = { usernames: new Set(), namespaces: new Set(), runtimeClasses: new Set() };
