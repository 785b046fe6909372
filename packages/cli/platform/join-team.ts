import { ApiError } from '@atoll/api'
import type { Client } from '@atoll/api'
import type { DeployProject } from '../cluster/cluster.ts'

/**
 * Before anything is built or deployed: who has a role in the team alone may do neither until the app is in it. Who may not
 * change teams goes on with the role they have in the app, unless they asked for the team in so many words.
 */
export const joinTeam = async (
  client: Client,
  { app, team }: Pick<DeployProject, 'app' | 'team'>,
  signal: AbortSignal,
): Promise<void> => {
  const wanted = team ?? app.team
  if (wanted === undefined) return
  try {
    await client.call('addTeamApp', { params: { team: wanted, name: app.name } }, signal)
  } catch (error) {
    if (team !== undefined || !(error instanceof ApiError && error.code === 'forbidden')) throw error
  }
}
