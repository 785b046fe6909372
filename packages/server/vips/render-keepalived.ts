import type { Vip, VipMember } from './vip.ts'

/** Where they stand on a server. */
export const configurationPath = '/etc/keepalived/keepalived.conf'
export const checkPath = '/etc/keepalived/atoll-ingress'
export const notePath = '/etc/keepalived/atoll-moved'
/** Times of moves, by address; gone with a boot, as is what they tell of. */
export const movesFolder = '/run/atoll-vip'

const mark = '# Written by Atoll: "atoll vip" writes it anew, and what is changed here by hand is lost.'

/** Whether we wrote that configuration. */
export const isOurs = (configuration: string): boolean => configuration.startsWith(mark)

/** Whether a server has that configuration; what it says of a file may lack the end of the last line. */
export const isSame = (configuration: string, wanted: string | undefined): boolean =>
  configuration.trimEnd() === (wanted ?? '').trimEnd()

// perl-base is part of every Debian; a program that answers HTTP and is slow is as good as none.
export const checkText = `#!/usr/bin/perl
# Written by Atoll: ends well when an ingress answers at port 80 of the address that is said, or of this server.
use strict; use warnings; use IO::Socket::IP;
alarm 2;
my $ingress = IO::Socket::IP->new(PeerHost => shift // '127.0.0.1', PeerPort => 80, Proto => 'tcp', Timeout => 2) or exit 1;
print $ingress "HEAD / HTTP/1.0\\r\\n\\r\\n";
my $line = <$ingress> // '';
exit($line =~ m{^HTTP/} ? 0 : 1);
`

export const noteText = `#!/bin/sh
# Written by Atoll: keeps when this server has taken an address.
mkdir -p ${movesFolder} && date +%s > "${movesFolder}/$1"
`

/**
 * keepalived.conf(5) of one node: every address it is a member of. Undefined where there is none. Pure.
 *
 * Members speak to each other alone (unicast), as many networks pass no multicast, so the number of a virtual router means nothing to
 * anybody else on the network. A node whose ingress does not answer can hold no address (a fault, not a lower priority, because one
 * that waits would not take it from a holder of lower priority).
 */
export const renderKeepalived = (nodeId: string, vips: readonly Vip[]): string | undefined => {
  const instances = vips.flatMap((vip) => {
    const own = vip.members.find(({ id }) => id === nodeId)
    return own === undefined ? [] : [renderInstance(vip, own)]
  })
  return instances.length === 0 ? undefined : [mark, globals, check, ...instances].join('\n\n').concat('\n')
}

const globals = `global_defs {
  vrrp_version 3
  vrrp_check_unicast_src
  vrrp_garp_master_refresh 60
  enable_script_security
  script_user nobody nogroup
}`

const check = `vrrp_script atoll_ingress {
  script "${checkPath}"
  interval 2
  timeout 2
  fall 2
  rise 2
}`

const highest = 250

/** By the order of the members, the preferred one first: no two have the same. 1 to 254 (RFC 9568). */
export const priorityOf = ({ members, preferred }: Vip, nodeId: string): number => {
  const order = members.toSorted((a, b) => Number(b.id === preferred) - Number(a.id === preferred))
  return highest - order.findIndex(({ id }) => id === nodeId)
}

// Seconds: a server that has just booted is to have everything before it takes an address back.
const settledSeconds = 30

/** What stands in it is read by a program of root's, and a document may be anybody's who got at the cluster. */
const requirePlain = (texts: readonly string[]): void => {
  const strange = texts.find((text) => !/^[A-Za-z0-9][\w.:-]*$/.test(text))
  if (strange !== undefined) throw new Error(`${JSON.stringify(strange)} is neither an address nor an interface`)
}

const renderInstance = (vip: Vip, own: VipMember): string => {
  const { address, routerId, members, preferred } = vip
  const isSix = address.includes(':')
  const peers = members.filter(({ id }) => id !== own.id).map((member) => member.address)
  requirePlain([address, own.interface, own.address, ...peers, String(routerId)])
  const lines = [
    `vrrp_instance atoll_${address.replaceAll(/[.:]/g, '_')} {`,
    '  state BACKUP',
    `  interface ${own.interface}`,
    `  virtual_router_id ${routerId}`,
    `  priority ${priorityOf(vip, own.id)}`,
    '  advert_int 1',
    own.id === preferred ? `  preempt_delay ${settledSeconds}` : '  nopreempt',
    `  unicast_src_ip ${own.address}`,
    '  unicast_peer {',
    ...peers.map((peer) => `    ${peer}`),
    '  }',
    '  virtual_ipaddress {',
    // Alone, and not as one more of the network: so nothing that the server sends of itself has it for its source.
    `    ${address}/${isSix ? 128 : 32} dev ${own.interface}`,
    '  }',
    '  track_script {',
    '    atoll_ingress',
    '  }',
    `  notify_master "${notePath} ${address}" root root`,
    '}',
  ]
  return lines.join('\n')
}
