import { createRequire } from 'node:module'

/** What the renderer is made of, by the path below `node_modules`. The image of the platform has these files of it and no others. */
export const libraryFiles = ['swagger-ui-dist/swagger-ui-bundle.js', 'swagger-ui-dist/swagger-ui.css'] as const
export type LibraryFile = (typeof libraryFiles)[number]

const { resolve } = createRequire(import.meta.url)

/** Where a file of the renderer is, in this repository and in the image alike. */
export const findLibraryFile = (name: LibraryFile): string => resolve(name)
