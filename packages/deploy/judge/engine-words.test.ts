import { describe, expect, it } from 'vitest'
import { findMeaning } from './engine-words.ts'

/** As engines said them in the lab (Docker 20.10.24), shortened where they name ids. */
const heard = [
  ['pull', 'No such image: 127.0.0.1:5001/lab/node@sha256:abab', 'could not get its image'],
  ['pull', 'No such image: 127.0.0.1:5001/nowhere:1', 'could not get its image'],
  ['no-node', 'no suitable node (scheduling constraints not satisfied on 3 nodes)', 'placement constraints'],
  ['no-node', 'no suitable node (insufficient resources on 3 nodes)', 'as it reserves'],
  ['no-node', 'no suitable node (host-mode port already in use on 3 nodes)', 'published port free'],
  ['no-node', 'no suitable node (missing plugin on 3 nodes)', 'driver it names'],
  [
    'rejected',
    'starting container failed: driver failed programming external connectivity on endpoint m-portused.1.uq8s (ec82): Error starting userland proxy: listen tcp4 0.0.0.0:8099: bind: address already in use',
    'a port it publishes is taken',
  ],
  [
    'rejected',
    'invalid mount config for type "bind": bind source path does not exist: /nope',
    'a path it mounts is not on that node',
  ],
  [
    'rejected',
    'starting container failed: unable to find user nobodyhere: no matching entries in passwd file',
    'does not know its user',
  ],
  [
    'rejected',
    'starting container failed: failed to create shim task: OCI runtime create failed: runc create failed: unable to start container process: exec: "/nope": stat /nope: no such file or directory: unknown',
    'command is not in the image',
  ],
  [
    'rejected',
    'cannot create a swarm scoped network when swarm is not active',
    'the engine of its node has not found its way into the Swarm',
  ],
  [
    'rejected',
    'error while removing network: unknown network shop_production_default id nf3x450cym4nz7k3o9iqbaih0',
    'still giving up what it had of the network',
  ],
  ['addresses', 'node is missing network attachments, ip addresses may be exhausted', 'no address'],
  ['disk-full', 'mkdir /var/lib/docker/overlay2/x-init: no space left on device', 'the disk is full'],
  ['unhealthy', 'task: non-zero exit (137): dockerexec: unhealthy container', 'did not become healthy'],
] as const

/** As engines and registries of other versions write them. */
const known = [
  [
    'addresses',
    'could not find an available, non-overlapping IPv4 address pool among the defaults to assign to the network',
    'no address',
  ],
  [
    'addresses',
    "failed to allocate network IP for task x: no available IPv4 addresses on this network's address pools",
    'no address',
  ],
  ['addresses', 'invalid pool request: Pool overlaps with other one on this address space', 'overlaps another'],
  ['no-node', 'no suitable node (max replicas per node limit exceed on 2 nodes)', 'max_replicas_per_node'],
  ['no-node', 'no suitable node (unsupported platform on 3 nodes)', 'processor'],
  [
    'no-node',
    'no suitable node (2 nodes not available for new tasks; host-mode port already in use on 1 node)',
    'port free',
  ],
  ['no-node', 'no suitable node (3 nodes not available for new tasks)', 'takes tasks'],
  ['pull', 'toomanyrequests: You have reached your pull rate limit', 'enough requests'],
  ['pull', 'Get "https://r.example.org/v2/": no basic auth credentials', 'credentials'],
  [
    'rejected',
    "error while mounting volume '/x/_data': failed to mount local volume: mount :/export: connection refused",
    'cannot be mounted',
  ],
] as const

describe('words of the engine', () => {
  it.each([...heard, ...known])('%s: %s', (kind, text, what) => {
    const found = findMeaning(text)
    expect(found).toMatchObject({ kind, what: expect.stringContaining(what) })
    expect(found?.hint).not.toBe('')
  })

  it.each(['task: non-zero exit (3)', 'started', 'preparing', 'something new'])(
    '%s means nothing by itself',
    (text) => {
      expect(findMeaning(text)).toBeUndefined()
    },
  )
})
