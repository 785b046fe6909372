import type { ProvenNode } from './judge-proof.ts'

interface Rule {
  readonly from: ProvenNode
  readonly to: ProvenNode
  readonly port: string
  readonly protocol: 'tcp' | 'udp'
}

/** One line for what most servers have, one for whose firewall is elsewhere. */
export const renderRule = ({ from, to, port, protocol }: Rule): string =>
  `on ${to.name}: iptables -I INPUT -p ${protocol} -s ${from.address} --dport ${port} -j ACCEPT (or ufw allow proto ${protocol} ` +
  `from ${from.address} to any port ${port}), and the same in a firewall of the provider`
