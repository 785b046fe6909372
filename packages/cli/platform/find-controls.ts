import { ApiError } from '@atoll/api'
import type { Client } from '@atoll/api'
import { renderUrl } from './renew-urls.ts'

/** Addresses of all nodes that pass on to a control, at the port of the one that is known, which stays the first. */
export const findControls = async (client: Client, url: string, signal: AbortSignal): Promise<readonly string[]> => {
  const { port } = new URL(url)
  try {
    const { items } = await client.call('listNodes', {}, signal)
    const managers = items.filter(({ isManager }) => isManager).map(({ address }) => address)
    return [...new Set([url, ...managers.filter(isAddress).map((address) => renderUrl(address, port))])]
  } catch (error) {
    // Who may see one app alone may not see the nodes, and goes on with the one control that is known.
    if (error instanceof ApiError && error.status === 403) return [url]
    throw error
  }
}

const isAddress = (address: string): boolean => address !== '' && address !== '0.0.0.0'
