import type { Reply } from '@atoll/api'
import { appendAudit } from '../audit/audit.ts'
import { mayDo, requireRole, requireSession } from '../auth/authenticate.ts'
import { isNewApp } from '../auth/new-app.ts'
import { getPerson, putPerson } from '../auth/people.ts'
import { collections } from '../auth/records.ts'
import type { Grant, PersonRecord } from '../auth/records.ts'
import { findTeams, hasTeam, putTeams, teamOf } from '../auth/teams.ts'
import type { FoundTeams } from '../auth/teams.ts'
import type { Control } from '../control.ts'
import { ControlError, notFound } from '../errors.ts'
import { describeTeam, listPeople } from './describe-team.ts'
import type { Handler, Handlers } from './handler.ts'
import { byName, toLongPage } from './page.ts'
import { refuseReserved } from './reserved.ts'

type Team = Reply<'createTeam'>

const listTeams: Handler<'listTeams'> = async (control, { query, caller, signal }) => {
  const [found, people] = await Promise.all([findTeams(control, signal), listPeople(control, signal)])
  const names = Object.keys(found.teams)
    .filter((team) => mayDo(caller, { role: 'viewer', team }))
    .toSorted()
  const teams = names.map((name) => describeTeam(name, found, people))
  return toLongPage(
    teams,
    query,
    byName(({ name }) => name),
  )
}

const createTeam: Handler<'createTeam'> = async (control, { body, caller, address, signal }) => {
  requireSession(caller)
  const { name } = body
  const found = await findTeams(control, signal)
  if (hasTeam(found, name)) throw new ControlError('team-there', `there is a team ${name}`, { status: 409 })
  // Of a team of that name whose removal did not come to its end.
  await forgetRoles(control, name, signal)
  const team = { createdAtMs: control.clock.now() }
  await putTeams(control, { ...found, teams: { ...found.teams, [name]: team } }, signal)
  await appendAudit(control, { by: caller.description, action: 'createTeam', subject: name, address }, signal)
  return { name, apps: [], people: [], ...team }
}

const removeTeam: Handler<'removeTeam'> = async (control, { params, caller, address, signal }) => {
  requireSession(caller)
  const found = await getTeams(control, params.name, signal)
  const apps = Object.keys(found.apps).filter((app) => teamOf(found.apps, app) === params.name)
  if (apps.length > 0) {
    const hint = 'take them out of it first'
    throw new ControlError('team-in-use', `team ${params.name} has apps: ${apps.join(', ')}`, { status: 409, hint })
  }
  const { [params.name]: _, ...teams } = found.teams
  await putTeams(control, { ...found, teams }, signal)
  await forgetRoles(control, params.name, signal)
  await appendAudit(control, { by: caller.description, action: 'removeTeam', subject: params.name, address }, signal)
}

const holders = [collections.person, collections.session, collections.token, collections.invitation] as const

/** A later team of that name is another one. */
const forgetRoles = async ({ documents }: Control, team: string, signal: AbortSignal): Promise<void> => {
  for (const collection of holders) {
    const found = await documents.list<{ readonly grants?: readonly Grant[] }>(collection, {}, signal)
    for (const { id, revision, value } of found) {
      const grants = value.grants?.filter((grant) => grant.team !== team)
      if (grants === undefined || grants.length === value.grants?.length) continue
      await documents.put(collection, id, { expected: revision, value: { ...value, grants } }, signal)
    }
  }
}

/** ControlError `not-found` when there is no such team. */
const getTeams = async (control: Control, team: string, signal: AbortSignal): Promise<FoundTeams> => {
  const found = await findTeams(control, signal)
  if (!hasTeam(found, team)) throw notFound(`there is no team ${team}`)
  return found
}

const describe = async (control: Control, name: string, signal: AbortSignal): Promise<Team> =>
  describeTeam(name, await getTeams(control, name, signal), await listPeople(control, signal))

const addTeamPerson: Handler<'addTeamPerson'> = async (control, { params, body, caller, address, signal }) => {
  requireSession(caller)
  await getTeams(control, params.team, signal)
  const found = await getPerson(control, params.name, signal)
  const value = withRole(found.value, { team: params.team, role: body.role })
  await putPerson(control, found, { value, signal })
  const change = { before: { grants: found.value.grants }, after: { grants: value.grants } }
  const entry = { by: caller.description, action: 'addTeamPerson', subject: params.name, address, ...change }
  await appendAudit(control, entry, signal)
  return describe(control, params.team, signal)
}

const withRole = (person: PersonRecord, grant: Grant): PersonRecord => ({
  ...person,
  grants: [...person.grants.filter(({ team }) => team !== grant.team), grant],
})

const removeTeamPerson: Handler<'removeTeamPerson'> = async (control, { params, caller, address, signal }) => {
  requireSession(caller)
  const found = await getPerson(control, params.name, signal)
  const grants = found.value.grants.filter(({ team }) => team !== params.team)
  if (grants.length === found.value.grants.length) throw notFound(`${params.name} is not in team ${params.team}`)
  await putPerson(control, found, { value: { ...found.value, grants }, signal })
  const change = { before: { grants: found.value.grants }, after: { grants } }
  const entry = { by: caller.description, action: 'removeTeamPerson', subject: params.name, address, ...change }
  await appendAudit(control, entry, signal)
}

const addTeamApp: Handler<'addTeamApp'> = async (control, { params, caller, address, signal }) => {
  const { team, name: app } = params
  refuseReserved({ app })
  const found = await getTeams(control, team, signal)
  const holder = teamOf(found.apps, app)
  if (holder === team) return describe(control, team, signal)
  if (holder !== undefined) throw ofOtherTeam(app)
  if (!(await isNewApp(control, app, signal))) {
    requireSession(caller)
    requireRole(caller, { role: 'owner', app })
  }
  await putTeams(control, { ...found, apps: { ...found.apps, [app]: team } }, signal)
  const entry = { by: caller.description, action: 'addTeamApp', subject: app, address, after: { team } }
  await appendAudit(control, entry, signal)
  return describe(control, team, signal)
}

/** Says not of which: who asks may not know of that. */
const ofOtherTeam = (app: string): ControlError =>
  new ControlError('other-team', `app ${app} is in another team`, {
    status: 409,
    hint: 'an owner of that team takes it out first',
  })

const removeTeamApp: Handler<'removeTeamApp'> = async (control, { params, caller, address, signal }) => {
  requireSession(caller)
  const { team, name: app } = params
  const found = await getTeams(control, team, signal)
  if (teamOf(found.apps, app) !== team) throw notFound(`app ${app} is not in team ${team}`)
  const { [app]: _, ...apps } = found.apps
  await putTeams(control, { ...found, apps }, signal)
  const entry = { by: caller.description, action: 'removeTeamApp', subject: app, address, before: { team } }
  await appendAudit(control, entry, signal)
}

export const teamHandlers: Handlers<
  'listTeams' | 'createTeam' | 'removeTeam' | 'addTeamPerson' | 'removeTeamPerson' | 'addTeamApp' | 'removeTeamApp'
> = { listTeams, createTeam, removeTeam, addTeamPerson, removeTeamPerson, addTeamApp, removeTeamApp }
