import { loadProject } from './compose/load-project.ts'
import type { App } from './app.ts'
import type { Problem } from './problem.ts'
import { toApp } from './to-app.ts'
import type { ToAppOptions } from './to-app.ts'

const [folder, file] = ['/app', 'compose.yaml']

/** The app that one text describes as a compose file with nothing beside it; absent when it cannot be read as one. */
export const mapAlone = (
  text: string,
  variables: Readonly<Record<string, string>> = {},
  reader: Pick<ToAppOptions, 'readCertificate'> = {},
): { readonly app?: App; readonly problems: readonly Problem[] } => {
  const { project, problems } = loadProject({
    files: [file],
    workingDir: folder,
    profiles: [],
    variables,
    read: (path) => (path === `${folder}/${file}` ? { kind: 'text', text } : { kind: 'absent' }),
    exists: (path) => path === `${folder}/${file}`,
  })
  if (project === undefined) return { problems }
  const mapped = toApp(project, { environment: 'production', ...reader })
  return { app: mapped.app, problems: [...problems, ...mapped.problems] }
}
