import { z } from 'zod'

const manifestShape = z.array(z.object({ Config: z.string(), RepoTags: z.array(z.string()).min(1) })).length(1)
const labelsShape = z.record(z.string(), z.string())
const configShape = z.object({
  architecture: z.string(),
  config: z.object({ Labels: labelsShape.nullish() }).nullish(),
})

/** `manifest.json` of an archive with one image; undefined when it is something else. */
export const parseManifest = (
  text: string | undefined,
): { readonly config: string; readonly reference: string } | undefined => {
  const [image] = manifestShape.safeParse(parseJson(text)).data ?? []
  return image === undefined ? undefined : { config: image.Config, reference: image.RepoTags[0] ?? '' }
}

interface ImageConfig {
  readonly architecture: string
  readonly labels: Readonly<Record<string, string>>
}

export const parseImageConfig = (text: string | undefined): ImageConfig | undefined => {
  const { data } = configShape.safeParse(parseJson(text))
  return data === undefined ? undefined : { architecture: data.architecture, labels: data.config?.Labels ?? {} }
}

const parseJson = (text: string | undefined): unknown => {
  try {
    return JSON.parse(text ?? '')
  } catch {
    return undefined
  }
}
