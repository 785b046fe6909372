import { describe, expect, test } from 'vitest'
import type { SeenStatus } from '../cluster/cluster.ts'
import { createTestImages } from '../system/test-images.ts'
import { giveOwnImage } from './proof-image.ts'

const live = new AbortController().signal
const nodeId = 'fourth'

/** A cluster whose platform runs that image. */
const running = (image: string) => ({
  status: async () => ({ services: [{ service: 'agent', image }] }) as unknown as SeenStatus,
})

describe('the image a node is proven with, through a control', () => {
  test.each([
    ['of a registry', '127.0.0.1:5000/atoll/system@sha256:ab12', []],
    ['by its id, where the node has it', 'sha256:ab12', [[`${nodeId} sha256:ab12`, 'sha256:ab12'] as const]],
  ])('is that of the platform, and nothing is sent: %s', async (_, reference, held) => {
    const images = createTestImages([nodeId])
    for (const [key, id] of held) images.held.set(key, id)
    const given = await giveOwnImage({ cluster: running(reference), to: { images, nodeId } }, live)
    expect(given).toEqual({ image: reference, node: '/atoll/node' })
    expect([...images.held]).toEqual(held)
  })

  test('is sent to nobody who runs none of it', async () => {
    const given = await giveOwnImage({ cluster: running('sha256:ab12') }, live)
    expect(given).toEqual({ image: 'sha256:ab12', node: '/atoll/node' })
  })

  test('is the one that was named', async () => {
    const images = createTestImages([nodeId])
    const given = await giveOwnImage({ cluster: running('sha256:1'), image: 'mine:1', to: { images, nodeId } }, live)
    expect(given).toEqual({ image: 'mine:1', node: 'node' })
  })
})
