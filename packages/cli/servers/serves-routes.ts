import type { Cluster } from '../cluster/cluster.ts'
import { systemRef } from '../system/system-app.ts'

/** Whether its nodes serve routes, at their ports 80 and 443; true where there is no platform yet, which would. */
export const servesRoutes = async (cluster: Pick<Cluster, 'status'>, signal: AbortSignal): Promise<boolean> => {
  try {
    const { services } = await cluster.status(systemRef, signal)
    return services.length === 0 || services.some(({ service }) => service === 'ingress')
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'not-found') return true
    throw error
  }
}
