/** What a browser showed at the end of its way. */
export interface Seen {
  readonly url: string
  readonly status: number
  readonly text: string
}

export interface TestBrowser {
  /** Goes there, signs in and agrees as this account where it is asked to, until a page asks nothing more. */
  visit(url: string, as: string): Promise<Seen>
  /** As `document.cookie` never shows it: `name=value` of all. */
  cookies(): string
}

const mostSteps = 30

/** A person with a browser: keeps cookies, follows redirects, fills the provider's forms. `stopAt` is an address it does not go to. */
export const openTestBrowser = ({ stopAt }: { readonly stopAt?: (url: URL) => boolean } = {}): TestBrowser => {
  const jar = new Map<string, string>()
  const cookies = (): string => [...jar].map(([name, value]) => `${name}=${value}`).join('; ')
  const ask = async (url: string, form?: URLSearchParams): Promise<Response> => {
    const sent = form === undefined ? {} : { method: 'POST', body: form }
    const response = await fetch(url, { ...sent, redirect: 'manual', headers: { cookie: cookies() } })
    for (const line of response.headers.getSetCookie()) keep(jar, line)
    return response
  }
  return {
    cookies,
    visit: async (start, as) => {
      let url = start
      let form: URLSearchParams | undefined
      for (let step = 0; step < mostSteps; step += 1) {
        if (stopAt?.(new URL(url)) === true) return { url, status: 0, text: '' }
        const response = await ask(url, form)
        const text = await response.text()
        form = undefined
        const location = response.headers.get('location')
        const action = /<form[^>]* action="([^"]+)"/.exec(text)?.[1]
        if (location !== null) url = new URL(location, url).href
        else if (action === undefined) return { url, status: response.status, text }
        else {
          url = new URL(action, url).href
          form = fill(text, as)
        }
      }
      throw new Error(`the browser went round in circles at ${url}`)
    },
  }
}

const keep = (jar: Map<string, string>, line: string): void => {
  const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? []
  if (value === '' || /max-age=0/i.test(line)) jar.delete(name)
  else jar.set(name, value)
}

/** The first question of the page: who one is, or whether one agrees. */
const fill = (html: string, as: string): URLSearchParams => {
  const prompt = /name="prompt" value="(\w+)"/.exec(html)?.[1] ?? ''
  return new URLSearchParams(prompt === 'login' ? { prompt, login: as, password: 'any' } : { prompt })
}
