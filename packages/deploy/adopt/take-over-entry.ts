import type { Service } from '@atoll/spec'

type Pairs = Readonly<Record<string, string>>

/** Undefined: not a field with one value for each name, or one that the App cannot hold. */
export const takeOverEntry = (service: Service, field: string, value: unknown): Service | undefined => {
  const section = sections.find((name) => field.startsWith(`${name}.`))
  if (section === undefined) return undefined
  const name = field.slice(section.length + 1)
  if (section === 'environment' && value === null) return unset(service, name)
  if (value !== undefined && typeof value !== 'string') return undefined
  switch (section) {
    case 'environment':
      return { ...keepUnset(service, name), environment: edit(service.environment, name, value) }
    case 'labels':
    case 'serviceLabels':
    case 'sysctls':
      return { ...service, [section]: edit(service[section], name, value) }
    case 'logging.options':
      return { ...service, logging: { ...service.logging, options: edit(service.logging.options, name, value) } }
  }
}

const sections = ['environment', 'labels', 'serviceLabels', 'sysctls', 'logging.options'] as const

const edit = (pairs: Pairs, name: string, value: string | undefined): Pairs => {
  const { [name]: _, ...others } = pairs
  return value === undefined ? others : { ...others, [name]: value }
}

/** Named without a value: taken away even when the image has it. */
const unset = (service: Service, name: string): Service => ({
  ...service,
  environment: edit(service.environment, name, undefined),
  unsetVariables: [...new Set([...(service.unsetVariables ?? []), name])].sort(),
})

const keepUnset = (service: Service, name: string): Service => {
  const { unsetVariables, ...rest } = service
  const others = unsetVariables?.filter((other) => other !== name) ?? []
  return others.length === 0 ? rest : { ...rest, unsetVariables: others }
}
