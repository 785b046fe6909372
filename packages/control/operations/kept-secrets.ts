import { appSecrets, placeOfSecret } from '@atoll/backup'
import type { AppSecret } from '@atoll/backup'
import type { EnvironmentRef } from '@atoll/engine'
import { ConflictError } from '@atoll/store'
import type { Seals, World } from '../control.ts'
import type { ReadProject } from '../read-upload.ts'

interface Deployed {
  readonly ref: EnvironmentRef
  readonly project: ReadProject | undefined
}

/** Keeps the values of an app's secrets for backups: an engine gives none back. What is kept already is left as it is. */
export const keepSecrets = async (
  { documents, seals }: World,
  { ref, project }: Deployed,
  signal: AbortSignal,
): Promise<void> => {
  for (const { dataBase64: _, ...file } of project?.app.secrets ?? []) {
    const value = project?.secrets[file.engineName]
    if (value === undefined) continue
    if ((await documents.find(appSecrets, file.engineName, signal)) !== undefined) continue
    const sealed = seals.seal(value, placeOfSecret(file.engineName))
    try {
      const kept: AppSecret = { ref, file, sealed }
      await documents.put<AppSecret>(appSecrets, file.engineName, { expected: 0, value: kept }, signal)
    } catch (error) {
      if (!(error instanceof ConflictError)) throw error
    }
  }
}

/** The same under the key that seals now. */
export const resealAppSecret = (seals: Pick<Seals, 'reseal'>, engineName: string, kept: AppSecret): AppSecret => ({
  ...kept,
  sealed: seals.reseal(kept.sealed, placeOfSecret(engineName)),
})

/** Time for the engine to be given what was kept before it. */
const youngMs = 86_400_000

/** Forgets values of secrets that the engine does not have any more. */
export const forgetSecrets = async ({ documents, engine, clock }: World, signal: AbortSignal): Promise<number> => {
  const old = (await documents.list<AppSecret>(appSecrets, {}, signal)).filter(
    ({ writtenAtMs }) => clock.now() - writtenAtMs > youngMs,
  )
  let forgotten = 0
  const byEnvironment = Map.groupBy(old, ({ value: { ref } }) => `${ref.app}/${ref.environment}`)
  for (const kept of byEnvironment.values()) {
    const ref = kept[0]?.value.ref
    if (ref === undefined) continue
    const present = new Set((await engine.observe(ref, signal)).secrets.map(({ engineName }) => engineName))
    for (const { id } of kept.filter((each) => !present.has(each.id))) {
      await documents.remove(appSecrets, id, signal)
      forgotten += 1
    }
  }
  return forgotten
}
