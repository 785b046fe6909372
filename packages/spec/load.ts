/** The way in for who only reads compose files: nothing that maps them to an app is loaded, for starting must be cheap. */
export { loadProject } from './compose/load-project.ts'
export { renderModel } from './compose/render-model.ts'
export { hasErrors } from './problem.ts'
