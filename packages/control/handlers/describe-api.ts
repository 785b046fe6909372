import { renderOpenApi } from '@atoll/api'

const rendered = new Map<string, ReturnType<typeof renderOpenApi>>()

/** Rendered once: anybody may ask for it, and it takes more work than anything else that anybody may ask for. */
export const describeApi = (version: string): ReturnType<typeof renderOpenApi> => {
  const known = rendered.get(version) ?? renderOpenApi({ version })
  rendered.set(version, known)
  return known
}
