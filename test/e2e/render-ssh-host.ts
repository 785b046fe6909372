import type { TestLab } from '@atoll/lab/testing'

/** A host of a bare lab, as ssh_config(5) has it. */
export const renderSshHost = ({ name, ssh }: TestLab['nodes'][number]): string => `
Host ${name}
  HostName ${ssh?.address}
  User root
  IdentityFile ${ssh?.identityFile}
  UserKnownHostsFile ${ssh?.knownHostsFile}
  IdentitiesOnly yes
`
