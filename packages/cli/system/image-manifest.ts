import { z } from 'zod'

const manifestShape = z.array(z.object({ Config: z.string(), RepoTags: z.array(z.string()).min(1) })).length(1)
const configShape = z.object({ architecture: z.string() })

/** `manifest.json` of an archive with one image; undefined when it is something else. */
export const parseManifest = (
  text: string | undefined,
): { readonly config: string; readonly reference: string } | undefined => {
  const [image] = manifestShape.safeParse(parseJson(text)).data ?? []
  return image === undefined ? undefined : { config: image.Config, reference: image.RepoTags[0] ?? '' }
}

export const parseImageConfig = (text: string | undefined): { readonly architecture: string } | undefined =>
  configShape.safeParse(parseJson(text)).data

const parseJson = (text: string | undefined): unknown => {
  try {
    return JSON.parse(text ?? '')
  } catch {
    return undefined
  }
}
