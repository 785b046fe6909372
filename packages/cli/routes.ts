import type { CommandBuilder } from './command.ts'

export type Route = CommandRoute | GroupRoute

/** One command: loaded only when it is the one that was typed, so that starting stays cheap. */
export interface CommandRoute {
  readonly brief: string
  readonly load: () => Promise<{ readonly command: CommandBuilder }>
}

export interface GroupRoute {
  readonly brief: string
  readonly routes: Readonly<Record<string, Route>>
  /** The one that is meant when what follows is none of them. */
  readonly usual?: string
}

/** Every command there is, in the order of the list a person sees. The path of a file is the words typed. */
export const routes: Readonly<Record<string, Route>> = {
  config: { brief: 'Print the compose files as Atoll reads them', load: () => import('./commands/config.ts') },
  plan: { brief: 'Show what a deploy would create, change and remove', load: () => import('./commands/plan.ts') },
  deploy: { brief: 'Bring an environment to what the compose files say', load: () => import('./commands/deploy.ts') },
  resume: {
    brief: 'Follow a running deployment, or finish one that was left',
    load: () => import('./commands/resume.ts'),
  },
  receipt: { brief: 'Show what was measured during a deployment', load: () => import('./commands/receipt.ts') },
  ls: { brief: 'List apps and their environments', load: () => import('./commands/ls.ts') },
  status: { brief: 'Show what runs, where, and why not', load: () => import('./commands/status.ts') },
  'what-if': { brief: 'Foresee what the loss of nodes would do', load: () => import('./commands/what-if.ts') },
  why: { brief: 'Tell what happened to an app, in order', load: () => import('./commands/why.ts') },
  releases: { brief: 'List the releases of an environment', load: () => import('./commands/releases.ts') },
  diff: { brief: 'Show what changed between two releases', load: () => import('./commands/diff.ts') },
  canary: {
    brief: 'End a canary before its time is over',
    routes: {
      promote: { brief: 'Go on to the release that is measured', load: () => import('./commands/canary/promote.ts') },
      abort: { brief: 'Go back to the release before', load: () => import('./commands/canary/abort.ts') },
    },
  },
  rollback: { brief: 'Go back to an earlier release', load: () => import('./commands/rollback.ts') },
  scale: { brief: 'Change how many copies of a service run', load: () => import('./commands/scale.ts') },
  restart: { brief: 'Replace every task of an app or of some services', load: () => import('./commands/restart.ts') },
  repair: {
    brief: 'Undo what was changed behind Atoll',
    load: () => import('./commands/repair.ts'),
  },
  rebalance: { brief: 'Spread tasks evenly over the nodes again', load: () => import('./commands/rebalance.ts') },
  adopt: {
    brief: 'Make what was changed behind Atoll a release',
    load: () => import('./commands/adopt.ts'),
  },
  logs: { brief: 'Show the logs of all tasks, merged', load: () => import('./commands/logs.ts') },
  exec: { brief: 'Run a command in a running container', load: () => import('./commands/exec.ts') },
  top: { brief: 'Show what each task uses, and go on showing it', load: () => import('./commands/top.ts') },
  cp: { brief: 'Copy files out of a task, or into one', load: () => import('./commands/cp.ts') },
  'port-forward': {
    brief: 'Reach ports of a task from this machine',
    load: () => import('./commands/port-forward.ts'),
  },
  rm: { brief: 'Remove an environment of an app', load: () => import('./commands/rm.ts') },
  volume: {
    brief: 'See and move volumes',
    routes: {
      ls: { brief: 'List volumes with their node and size', load: () => import('./commands/volume/ls.ts') },
      move: {
        brief: 'Copy a volume to another node and switch to it',
        load: () => import('./commands/volume/move.ts'),
      },
    },
  },
  node: {
    brief: 'See and change the nodes of the cluster',
    routes: {
      ls: { brief: 'List nodes with what is reserved of them', load: () => import('./commands/node/ls.ts') },
      show: {
        brief: 'Show what runs on a node and what its loss would do',
        load: () => import('./commands/node/show.ts'),
      },
      add: { brief: 'Make a server a node of the cluster', load: () => import('./commands/node/add.ts') },
      invite: {
        brief: 'Let a server that nobody can log in to become a node',
        usual: 'make',
        routes: {
          make: {
            brief: 'Make an invitation; "atoll node invite" alone does so',
            load: () => import('./commands/node/invite/make.ts'),
          },
          ls: { brief: 'List invitations of servers', load: () => import('./commands/node/invite/ls.ts') },
          rm: { brief: 'Take one back', load: () => import('./commands/node/invite/rm.ts') },
        },
      },
      join: { brief: 'Make this server a node, by an invitation', load: () => import('./commands/node/join.ts') },
      label: { brief: 'Set or remove labels of a node', load: () => import('./commands/node/label.ts') },
      rename: { brief: 'Call a node otherwise', load: () => import('./commands/node/rename.ts') },
      promote: { brief: 'Make a worker a manager', load: () => import('./commands/node/promote.ts') },
      demote: { brief: 'Make a manager a worker', load: () => import('./commands/node/demote.ts') },
      witness: { brief: 'Let a node vote and run nothing', load: () => import('./commands/node/witness.ts') },
      drain: { brief: 'Move what runs on a node to others', load: () => import('./commands/node/drain.ts') },
      resume: { brief: 'Let a node take tasks again', load: () => import('./commands/node/resume.ts') },
      upgrade: { brief: 'Upgrade the system and Docker of nodes', load: () => import('./commands/node/upgrade.ts') },
      rm: { brief: 'Take a node out of the cluster', load: () => import('./commands/node/rm.ts') },
      apply: { brief: 'Bring servers to what server.yaml declares', load: () => import('./commands/node/apply.ts') },
    },
  },
  vip: {
    brief: 'Addresses that move from a node that fails to another',
    routes: {
      add: { brief: 'Give nodes an address that one of them has', load: () => import('./commands/vip/add.ts') },
      ls: { brief: 'List them with who has which now', load: () => import('./commands/vip/ls.ts') },
      apply: { brief: 'Bring the nodes to what is meant', load: () => import('./commands/vip/apply.ts') },
      rm: { brief: 'Take one away from the nodes', load: () => import('./commands/vip/rm.ts') },
    },
  },
  drill: {
    brief: 'Make a node fail for real, and see what comes of it',
    usual: 'run',
    routes: {
      run: { brief: 'Make a node fail for a while', load: () => import('./commands/drill/run.ts') },
      ls: { brief: 'List the drills that were made', load: () => import('./commands/drill/ls.ts') },
      show: { brief: 'Show what came of a drill', load: () => import('./commands/drill/show.ts') },
    },
  },
  recover: { brief: 'Bring a cluster back whose managers are lost', load: () => import('./commands/recover.ts') },
  settings: { brief: 'See and change what the cluster does by itself', load: () => import('./commands/settings.ts') },
  df: { brief: 'Show what is on the disks of the nodes', load: () => import('./commands/df.ts') },
  prune: { brief: 'Remove from the nodes what nobody needs', load: () => import('./commands/prune.ts') },
  init: { brief: 'Install the platform onto a swarm', load: () => import('./commands/init.ts') },
  upgrade: { brief: 'Bring the platform to this build', load: () => import('./commands/upgrade.ts') },
  image: {
    brief: 'Carry the image of the platform to where init runs',
    routes: {
      save: { brief: 'Write the image of the platform to a file', load: () => import('./commands/image/save.ts') },
    },
  },
  backup: {
    brief: 'Write all state of the cluster to an encrypted file',
    usual: 'make',
    routes: {
      make: { brief: 'Make one; "atoll backup" alone does so', load: () => import('./commands/backup/make.ts') },
      ls: { brief: 'List those that were made', load: () => import('./commands/backup/ls.ts') },
      settings: {
        brief: 'See and change how they are made by themselves',
        load: () => import('./commands/backup/settings.ts'),
      },
      verify: { brief: 'Prove a file, without a cluster', load: () => import('./commands/backup/verify.ts') },
      key: { brief: 'Make the pair of keys that backups are for', load: () => import('./commands/backup/key.ts') },
    },
  },
  restore: { brief: 'Make a new cluster of a backup', load: () => import('./commands/restore.ts') },
  uninstall: {
    brief: 'Remove the platform; apps go on running',
    load: () => import('./commands/uninstall.ts'),
  },
  keys: {
    brief: 'See and exchange the keys of the platform',
    routes: {
      status: { brief: 'Show which key seals what', load: () => import('./commands/keys/status.ts') },
      rotate: { brief: 'Exchange them for new ones', load: () => import('./commands/keys/rotate.ts') },
    },
  },
  doctor: { brief: 'Check the engine, the swarm and the nodes', load: () => import('./commands/doctor.ts') },
  lab: {
    brief: 'Run a throwaway cluster of real engines on this machine',
    routes: {
      up: { brief: 'Start a lab', load: () => import('./commands/lab/up.ts') },
      ls: { brief: 'List labs', load: () => import('./commands/lab/ls.ts') },
      status: { brief: 'Show the nodes of a lab', load: () => import('./commands/lab/status.ts') },
      exec: { brief: 'Run a command on a node', load: () => import('./commands/lab/exec.ts') },
      ssh: { brief: 'Log in to a bare node', load: () => import('./commands/lab/ssh.ts') },
      cut: { brief: 'Take the network link of a node away', load: () => import('./commands/lab/cut.ts') },
      heal: { brief: 'Give a node its network link back', load: () => import('./commands/lab/heal.ts') },
      kill: { brief: 'Cut the power of a node', load: () => import('./commands/lab/kill.ts') },
      start: { brief: 'Start a node that was killed', load: () => import('./commands/lab/start.ts') },
      reboot: { brief: 'Restart a node in order', load: () => import('./commands/lab/reboot.ts') },
      pause: { brief: 'Freeze every process of a node', load: () => import('./commands/lab/pause.ts') },
      resume: { brief: 'Let a frozen node go on', load: () => import('./commands/lab/resume.ts') },
      fill: { brief: 'Fill the disk of a node', load: () => import('./commands/lab/fill.ts') },
      free: { brief: 'Free the disk of a node that was filled', load: () => import('./commands/lab/free.ts') },
      down: { brief: 'Remove a lab and prove that nothing is left', load: () => import('./commands/lab/down.ts') },
    },
  },
  login: { brief: 'Sign in to a cluster', load: () => import('./commands/login.ts') },
  logout: { brief: 'Sign out of a cluster', load: () => import('./commands/logout.ts') },
  context: {
    brief: 'Choose among the clusters you are signed in to',
    routes: {
      ls: { brief: 'List clusters you are signed in to', load: () => import('./commands/context/ls.ts') },
      use: { brief: 'Make one the current', load: () => import('./commands/context/use.ts') },
      rm: { brief: 'Forget one', load: () => import('./commands/context/rm.ts') },
    },
  },
  people: {
    brief: 'See and change who may do what',
    routes: {
      ls: { brief: 'List people and their roles', load: () => import('./commands/people/ls.ts') },
      invite: { brief: 'Invite somebody with a role', load: () => import('./commands/people/invite.ts') },
      role: { brief: 'Give somebody another role', load: () => import('./commands/people/role.ts') },
      rm: { brief: 'Remove somebody', load: () => import('./commands/people/rm.ts') },
      invitations: {
        brief: 'See and take back invitations',
        routes: {
          ls: { brief: 'List those nobody took yet', load: () => import('./commands/people/invitations/ls.ts') },
          rm: { brief: 'Take one back', load: () => import('./commands/people/invitations/rm.ts') },
        },
      },
      password: { brief: 'Change your password', load: () => import('./commands/people/password.ts') },
      reset: {
        brief: 'Let somebody choose another password, by a link',
        load: () => import('./commands/people/reset.ts'),
      },
      totp: {
        brief: 'Sign in with one-time passwords besides',
        routes: {
          on: { brief: 'Turn yours on', load: () => import('./commands/people/totp/on.ts') },
          off: { brief: 'Turn yours off, or those of somebody', load: () => import('./commands/people/totp/off.ts') },
          status: { brief: 'Show whether yours are on', load: () => import('./commands/people/totp/status.ts') },
        },
      },
    },
  },
  route: {
    brief: 'See and change the ways from outside to apps',
    routes: {
      ls: { brief: 'List routes with the tasks that answer them', load: () => import('./commands/route/ls.ts') },
      test: { brief: 'Say which route answers a request', load: () => import('./commands/route/test.ts') },
      add: {
        brief: 'Give an app a route more, without a deploy of files',
        load: () => import('./commands/route/add.ts'),
      },
      rm: { brief: 'Take a route away from an app', load: () => import('./commands/route/rm.ts') },
    },
  },
  import: {
    brief: 'Bring apps from elsewhere',
    routes: {
      labels: {
        brief: 'Turn labels of Traefik and Caddy into routes',
        load: () => import('./commands/import/labels.ts'),
      },
    },
  },
  team: {
    brief: 'Put apps and people together',
    routes: {
      ls: { brief: 'List teams with their apps and people', load: () => import('./commands/team/ls.ts') },
      create: { brief: 'Make a team', load: () => import('./commands/team/create.ts') },
      rm: { brief: 'Remove a team that has no apps', load: () => import('./commands/team/rm.ts') },
      add: { brief: 'Give somebody a role in a team', load: () => import('./commands/team/add.ts') },
      remove: { brief: 'Take somebody out of a team', load: () => import('./commands/team/remove.ts') },
      app: {
        brief: 'Say which apps are of a team',
        routes: {
          add: { brief: 'Put an app into a team', load: () => import('./commands/team/app/add.ts') },
          rm: { brief: 'Take an app out of a team', load: () => import('./commands/team/app/rm.ts') },
        },
      },
    },
  },
  cert: {
    brief: 'See and bring the certificates of hosts',
    routes: {
      ls: { brief: 'List hosts of routes with their certificates', load: () => import('./commands/cert/ls.ts') },
      show: { brief: 'Show one certificate', load: () => import('./commands/cert/show.ts') },
      add: { brief: 'Serve a certificate of your own', load: () => import('./commands/cert/add.ts') },
      rm: { brief: 'Serve a certificate no more', load: () => import('./commands/cert/rm.ts') },
      export: { brief: 'Write a certificate with its key to a file', load: () => import('./commands/cert/export.ts') },
    },
  },
  acme: {
    brief: 'Have certificates made by themselves',
    routes: {
      set: { brief: 'Say which authority makes them', load: () => import('./commands/acme/set.ts') },
      show: { brief: 'Show what is set', load: () => import('./commands/acme/show.ts') },
      rm: { brief: 'Ask no authority any more', load: () => import('./commands/acme/rm.ts') },
    },
  },
  oidc: {
    brief: 'Let people sign in by an OpenID Connect provider',
    routes: {
      set: { brief: 'Say which, and whom it lets in', load: () => import('./commands/oidc/set.ts') },
      show: { brief: 'Show what is set', load: () => import('./commands/oidc/show.ts') },
      rm: { brief: 'Let nobody in by it any more', load: () => import('./commands/oidc/rm.ts') },
    },
  },
  token: {
    brief: 'Let programs in',
    routes: {
      create: { brief: 'Make a token for a program', load: () => import('./commands/token/create.ts') },
      ls: { brief: 'List tokens', load: () => import('./commands/token/ls.ts') },
      rm: { brief: 'End a token', load: () => import('./commands/token/rm.ts') },
    },
  },
  allow: { brief: 'Let an app reach its node beyond the policy', load: () => import('./commands/allow.ts') },
  audit: { brief: 'Show who changed what, and when', load: () => import('./commands/audit.ts') },
  mcp: { brief: 'Let an assistant look at the cluster', load: () => import('./commands/mcp.ts') },
  completion: { brief: 'Print a completion script for your shell', load: () => import('./commands/completion.ts') },
}
