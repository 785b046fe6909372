import { expect, test } from 'vitest'
import { mergeSettings } from './merge.ts'
import { readServerFile } from './read.ts'

const text = `
all:
  packages: {htop: present, telnet: absent}
  firewall: {allow: [80/tcp]}
  swap: {size: 1G}
  time: {zone: UTC}
roles:
  role=db:
    packages: {telnet: present}
    firewall: {allow: [5432/tcp, 80/tcp]}
    swap: "off"
  zone=b:
    time: {ntp: [ntp.example.org]}
nodes:
  node-1: {sysctl: {vm.swappiness: 10}, firewall: {allow: [9000/tcp]}}
`

const settingsOf = (name: string, labels: Readonly<Record<string, string>>) => {
  const read = readServerFile('server.yaml', text)
  return read.kind === 'read' ? mergeSettings(read.file, { name, labels }) : undefined
}

test('what all have', () => {
  expect(settingsOf('node-9', { role: 'web' })).toEqual({
    packages: { htop: 'present', telnet: 'absent' },
    firewall: { allow: ['80/tcp'] },
    swap: { size: '1G' },
    time: { zone: 'UTC' },
  })
})

test('roles and the node itself on top of it, later ones winning; openings add up', () => {
  expect(settingsOf('node-1', { role: 'db', zone: 'b' })).toEqual({
    packages: { htop: 'present', telnet: 'present' },
    firewall: { allow: ['80/tcp', '5432/tcp', '9000/tcp'] },
    swap: 'off',
    time: { zone: 'UTC', ntp: ['ntp.example.org'] },
    sysctl: { 'vm.swappiness': 10 },
  })
})
