// A program of its own: the first process of a host, started in fresh namespaces with the host's network around it.
import { mkdirSync, readFileSync, readlinkSync, writeFileSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { becomeProgram } from './become-program.ts'
import { attempt, call, leadToRegistry } from './boot-steps.ts'
import { ENGINE_FOLDERS } from './engine-folders.ts'
import type { BootPlan } from './host.ts'

const boot = (plan: BootPlan): never => {
  hideMachine()
  writeFileSync('/proc/sys/kernel/hostname', plan.hostname)
  writeResolver(plan.resolver)
  call(['mount', '-o', 'loop', plan.diskImage, plan.disk])
  for (const folder of ENGINE_FOLDERS) keepOnDisk(folder, plan.disk)
  leadToRegistry(plan)
  // It reaps orphans and does nothing else; when it is killed, the kernel kills everything in the host with it.
  return becomeProgram(['docker-init', '--', 'sleep', 'infinity'])
}

/** An own /run, and no hold on the namespaces of other hosts, which could not go away otherwise. */
const hideMachine = (): void => {
  // Fails where nothing is mounted there, which is as well.
  attempt(['umount', '--recursive', '--lazy', '/run/netns'])
  call(['mount', '-t', 'tmpfs', '-o', 'mode=755', 'atoll-lab', '/run'])
}

const keepOnDisk = (folder: string, disk: string): void => {
  const kept = `${disk}${folder}`
  for (const path of [kept, folder]) mkdirSync(path, { recursive: true })
  call(['mount', '--bind', kept, folder])
}

/** On many machines the file is a link into /run, which is empty now, to a server on a loopback out of reach from here. */
const writeResolver = (text: string): void => {
  const path = findResolver()
  if (!path.startsWith('/run/')) return
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, text)
}

const findResolver = (): string => {
  try {
    const target = resolve('/etc', readlinkSync('/etc/resolv.conf'))
    return target.replace(/^\/var\/run\//, '/run/')
  } catch {
    return '/etc/resolv.conf'
  }
}

boot(JSON.parse(readFileSync(process.argv[2] ?? '', 'utf8')) as BootPlan)
