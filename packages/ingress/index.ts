export { combineAnswers, noAnswers } from './counting/answers.ts'
export { IngressError } from './errors.ts'
export { render } from './render.ts'
export { superviseHaproxy } from './supervise.ts'
export type { Applied, Ingress, SuperviseOptions } from './supervise.ts'
export type {
  Backend,
  Configuration,
  Endpoint,
  HostCertificate,
  IngressSettings,
  RoutedEnvironment,
  RouteTable,
  Slot,
} from './table.ts'
