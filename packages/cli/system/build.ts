import type { App } from '@atoll/spec'
import type { DocumentFormat } from '@atoll/store'

/** Which programs a platform is made of. */
export interface PlatformBuild {
  /** The version and what its image is called: `0.1.0+ab12cd34ef56`. The same programs have the same name everywhere. */
  readonly name: string
  readonly documents: DocumentFormat
}

const labels = { version: 'org.atoll.version', documents: 'org.atoll.documents' } as const
/** Builds that did not say what they read and write. */
const firstFormat: DocumentFormat = { writes: 1, reads: 1 }

export const renderDocuments = ({ writes, reads }: DocumentFormat): string => `${writes}/${reads}`

/** Of a label; without one what builds did that had none. */
export const parseFormat = (text = ''): DocumentFormat => {
  const [, writes, reads] = /^(\d{1,6})\/(\d{1,6})$/.exec(text) ?? []
  return writes === undefined || reads === undefined ? firstFormat : { writes: Number(writes), reads: Number(reads) }
}

interface LabelledBuild {
  readonly version: string
  readonly documents: DocumentFormat
}

/** Of an image. */
export const renderBuildLabels = ({ version, documents }: LabelledBuild): Readonly<Record<string, string>> => ({
  [labels.version]: version,
  [labels.documents]: renderDocuments(documents),
})

export const parseBuildLabels = (found: Readonly<Record<string, string>>): LabelledBuild => ({
  version: found[labels.version] ?? '0',
  documents: parseFormat(found[labels.documents]),
})

/** Of a release of the platform; one of before builds had names is told by its image. */
export const findBuild = (app: App): PlatformBuild => {
  const control = app.services.find(({ name }) => name === 'control')
  const name = control?.environment['ATOLL_BUILD'] || `unnamed (image ${shorten(control?.image ?? '')})`
  return { name, documents: parseFormat(control?.labels[labels.documents]) }
}

const shorten = (image: string): string => image.replace(/^.*sha256:([0-9a-f]{12})[0-9a-f]*$/, '$1')
