export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json }

/** The same text for the same value, whatever the order of its keys. */
export const canonicalJson = (value: Json | undefined): string =>
  value === undefined
    ? ''
    : JSON.stringify(value, (_key, part: unknown) =>
        typeof part === 'object' && part !== null && !Array.isArray(part)
          ? Object.fromEntries(Object.entries(part).toSorted(([a], [b]) => (a < b ? -1 : 1)))
          : part,
      )
