import { z } from 'zod'
import type { Route } from '../route.ts'
import { appName, pageOf, pageQuery, personName, teamName } from '../schemas/names.ts'
import { role } from '../schemas/people.ts'

const team = z.object({
  name: teamName,
  apps: z.array(appName),
  /** With the role each has in the team. */
  people: z.array(z.object({ name: personName, role })),
  createdAtMs: z.number(),
})

const personParams = z.object({ team: teamName, name: personName })
const appParams = z.object({ team: teamName, name: appName })

/** Apps and people that belong together. A role in a team counts in each of its apps. */
export const teamRoutes = {
  listTeams: {
    method: 'GET',
    path: '/v1/teams',
    summary: 'Teams one has a role in, with their apps and people; all of them for a viewer of the cluster',
    role: 'viewer',
    scope: 'self',
    query: pageQuery,
    reply: pageOf(team),
    kind: 'json',
    status: 200,
  },
  createTeam: {
    method: 'POST',
    path: '/v1/teams',
    summary: 'A team without apps and people',
    role: 'owner',
    scope: 'cluster',
    body: z.strictObject({ name: teamName }),
    reply: team,
    kind: 'json',
    status: 201,
  },
  removeTeam: {
    method: 'DELETE',
    path: '/v1/teams/:name',
    summary: 'Remove a team that has no apps; roles in it are gone',
    role: 'owner',
    scope: 'cluster',
    params: z.object({ name: teamName }),
    reply: z.undefined(),
    kind: 'json',
    status: 204,
  },
  addTeamPerson: {
    method: 'PUT',
    path: '/v1/teams/:team/people/:name',
    summary: 'Give somebody this role in the team, in the place of another',
    role: 'owner',
    scope: 'team',
    params: personParams,
    body: z.strictObject({ role }),
    reply: team,
    kind: 'json',
    status: 200,
  },
  removeTeamPerson: {
    method: 'DELETE',
    path: '/v1/teams/:team/people/:name',
    summary: 'Take somebody out of the team',
    role: 'owner',
    scope: 'team',
    params: personParams,
    reply: z.undefined(),
    kind: 'json',
    status: 204,
  },
  addTeamApp: {
    method: 'PUT',
    path: '/v1/teams/:team/apps/:name',
    summary:
      'Make an app one of the team. A deployer may for an app that nothing is known of; else it takes an owner of the app',
    role: 'deployer',
    scope: 'team',
    params: appParams,
    reply: team,
    kind: 'json',
    status: 200,
  },
  removeTeamApp: {
    method: 'DELETE',
    path: '/v1/teams/:team/apps/:name',
    summary: 'Take an app out of the team; it goes on running',
    role: 'owner',
    scope: 'team',
    params: appParams,
    reply: z.undefined(),
    kind: 'json',
    status: 204,
  },
} as const satisfies Readonly<Record<string, Route>>
