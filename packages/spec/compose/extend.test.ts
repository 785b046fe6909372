import { describe, expect, test } from 'vitest'
import { loadModel, loadService, renderProblems } from './load-texts.ts'

describe('a service extends another', () => {
  test('of the same file', () => {
    const texts =
      'services:\n  base: {image: x, environment: [A=1], ports: ["80:80"]}\n  web: {extends: base, environment: {B: 2}}'
    expect(loadService(texts, 'web')).toEqual({
      image: 'x',
      environment: { A: '1', B: '2' },
      ports: [{ mode: 'ingress', target: 80, published: '80', protocol: 'tcp' }],
      networks: { default: null },
    })
  })

  test('in a chain, whichever comes first', () => {
    const texts =
      'services:\n  c: {extends: {service: b}, hostname: c}\n  b: {extends: a, user: b}\n  a: {image: x, user: a, hostname: a}'
    expect(loadService(texts, 'c')).toMatchObject({ image: 'x', user: 'b', hostname: 'c' })
  })

  test('of another file, whose paths are against its own folder', () => {
    const texts = {
      'compose.yaml': 'services: {web: {extends: {service: base, file: ./lib/base.yaml}}}',
      'lib/base.yaml':
        'services: {base: {build: ., volumes: ["./data:/data"], env_file: a.env}, broken: {nonsense: 1}}',
      'lib/a.env': 'A=1',
    }
    expect(loadService(texts, 'web')).toMatchObject({
      build: { context: '/project/lib' },
      volumes: [{ source: '/project/lib/data' }],
      environment: { A: '1' },
    })
  })

  test('of another file, where a short form says that it replaces', () => {
    const texts = {
      'compose.yaml': 'services: {web: {extends: {service: b, file: lib.yaml}, environment: [C=3]}}',
      'lib.yaml':
        'services:\n  a: {image: x, environment: {A: 1}, ports: ["80:80"]}\n  b: {extends: a, environment: !override [B=2], ports: !override ["81:81"]}',
    }
    const { environment, ports } = loadService(texts, 'web')
    expect(environment).toEqual({ B: '2', C: '3' })
    expect(ports).toMatchObject([{ target: 81 }])
  })

  test('of a file that itself goes on to a third', () => {
    const texts = {
      'compose.yaml': 'services: {web: {extends: {service: b, file: one/b.yaml}}}',
      'one/b.yaml': 'services: {b: {extends: {service: a, file: ../two/a.yaml}, hostname: b}}',
      'two/a.yaml': 'services: {a: {extends: z, user: a}, z: {image: x, build: .}}',
    }
    expect(loadService(texts, 'web')).toMatchObject({
      image: 'x',
      user: 'a',
      hostname: 'b',
      build: { context: '/project/two' },
    })
  })

  test('with variables of the project', () => {
    const texts = {
      'compose.yaml': 'services: {web: {extends: {service: a, file: a.yaml}}}',
      'a.yaml': 'services: {a: {image: "x:$TAG"}}',
    }
    expect(loadService(texts, 'web', { variables: { TAG: '7' } })).toMatchObject({ image: 'x:7' })
  })
})

describe('tags in a service that extends', () => {
  test('!reset and !override change what comes from the base', () => {
    const texts =
      'services:\n  base: {image: x, ports: ["80:80"], labels: {a: 1}}\n  web: {extends: base, ports: !reset [], labels: !override {b: 2}}'
    const { services } = loadModel(texts)
    expect(services['web']).toEqual({ image: 'x', labels: { b: '2' }, networks: { default: null } })
    expect(services['base']).toMatchObject({ ports: [{ target: 80 }], labels: { a: '1' } })
  })

  test('they reach the file before, too', () => {
    const texts = {
      'a.yaml': 'services: {web: {image: x, ports: ["80:80"]}}',
      'b.yaml': 'services: {base: {image: y}, web: {extends: base, ports: !reset []}}',
    }
    expect(loadService(texts, 'web', { files: ['a.yaml', 'b.yaml'] })).toEqual({
      image: 'y',
      networks: { default: null },
    })
  })

  test('a reset of the base itself stays with the base', () => {
    const texts = {
      'compose.yaml': 'services: {web: {extends: {service: b, file: b.yaml}, hostname: h}}',
      'b.yaml': 'services: {a: {image: x, user: u}, b: {extends: a, user: !reset null}}',
    }
    expect(loadService(texts, 'web')).toEqual({ image: 'x', hostname: 'h', networks: { default: null } })
  })
})

describe('what is refused', () => {
  test.each([
    ['services: {a: {extends: a}}', 'services extend each other in a circle: a in compose.yaml -> a in compose.yaml'],
    [
      'services: {a: {extends: b}, b: {extends: c}, c: {extends: a}}',
      'in a circle: a in compose.yaml -> b in compose.yaml -> c in compose.yaml -> a in compose.yaml',
    ],
    ['services: {a: {image: x, extends: b}}', 'the service b to extend is not in compose.yaml'],
    ['services: {a: {extends: {file: b.yaml}}}', 'extends names no service'],
    ['services: {a: {extends: {service: b, file: b.yaml}}}', 'the file to extend from b.yaml does not exist'],
    [
      `services: {s0: {image: x}, ${Array.from({ length: 200 }, (_, index) => `s${index + 1}: {extends: s${index}}`)
        .reverse()
        .join(', ')}}`,
      'more than 100 deep',
    ],
  ])('%s', (yaml, problem) => {
    expect(renderProblems(yaml).join('\n')).toContain(problem)
  })

  test('files that extend each other', () => {
    const texts = {
      'a.yaml': 'services: {web: {extends: {service: b, file: b.yaml}}}',
      'b.yaml': 'services: {b: {extends: {service: web, file: a.yaml}}}',
    }
    expect(renderProblems(texts)[0]).toBe(
      'a.yaml:1:18 services.web.extends: services extend each other in a circle: web in a.yaml -> b in b.yaml -> web in a.yaml',
    )
  })

  test('a value of the base that is wrong, where it stands', () => {
    const texts = {
      'a.yaml': 'services: {web: {extends: {service: b, file: b.yaml}}}',
      'b.yaml': 'services:\n  b:\n    image: x\n    user: 5\n',
    }
    expect(renderProblems(texts)).toEqual(['b.yaml:4:5 services.web.user: must be text, not the number 5'])
  })

  test('a base of ten thousand values used a thousand times', () => {
    const base = Array.from({ length: 1_000 }, (_, index) => `K${index}: v`).join(', ')
    const users = Array.from({ length: 2_000 }, (_, index) => `s${index}: {extends: base}`).join(', ')
    const image = 'image: x, environment'
    const problems = renderProblems(`services: {base: {${image}: {${base}}}, ${users}}`)
    expect(problems.length).toBeLessThanOrEqual(101)
  })
})
