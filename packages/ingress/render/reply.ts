import { names } from '../asking/question.ts'

/** What answers in HAProxy with what a variable of the request holds: its own rules write an end of line as `%0A`. */
export const replyService = 'forward-auth-reply'

const path = `${replyService}.lua`

export const renderReplyGlobal = (isNeeded: boolean): readonly string[] => (isNeeded ? [`  lua-load ${path}`] : [])

/** `prefix`: of the variables of an answer, each with the name that `names` has for it. */
export const replyFiles = (isNeeded: boolean, prefix: string): Readonly<Record<string, string>> =>
  isNeeded ? { [path]: renderService(prefix) } : {}

const renderService = (prefix: string): string => `core.register_service("${replyService}", "http", function(applet)
  local body = applet:get_var("${prefix}.${names.body}")
  applet:set_status(applet:get_var("${prefix}.${names.status}"))
  applet:add_header("content-length", #body)
  for name, value in applet:get_var("${prefix}.${names.head}"):gmatch("([^:\\n]+): ([^\\n]*)\\n") do
    applet:add_header(name, value)
  end
  applet:start_response()
  applet:send(body)
end)
`
