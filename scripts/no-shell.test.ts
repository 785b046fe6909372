import { globSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { parseSync, Visitor } from 'oxc-parser'
import { describe, expect, test } from 'vitest'

const root = dirname(import.meta.dirname)

/** What names a shell and starts none, each file with the reason. */
const allowed: Readonly<Record<string, string>> = {
  'packages/cli/commands/completion.ts': 'prints a script for the shell a person names',
  'packages/engine/fake/exec.ts': 'pretends to be programs of an image, a shell among them',
  'packages/engine/fake/program.ts': 'the same',
  'packages/lab/images/ensure-images.ts': 'the command of an image of the lab, run where nobody says another',
  'packages/server/declared/texts.ts': 'what a user that is made logs in to',
  'packages/spec/app/health.ts':
    'a health check as the compose file says it, run by the engine inside of the container',
  'packages/spec/compose/check-service.ts': 'the same',
  'packages/spec/compose/shapes/service.ts': 'the same',
}

interface Finding {
  readonly file: string
  readonly line: number
  readonly what: string
}

/** Ways of child_process that give a string to a shell. */
const shellFunctions = new Set(['exec', 'execSync'])
const shellWord = /^(\/(usr\/)?bin\/)?(ba|da|z|k)?sh$|^CMD-SHELL$/
const shellLine = /(^|[\s;&|(/])(ba|da|z|k)?sh\s+-[a-z]*c(\s|$)/

/** Programs run by a shell, from the syntax tree: comments and types say what they like. */
const findShells = (file: string, text: string): readonly Finding[] => {
  const { program, errors } = parseSync(file, text)
  expect(errors, file).toEqual([])
  const findings: Finding[] = []
  const report = (at: { readonly start: number }, what: string): void => {
    findings.push({ file, line: text.slice(0, at.start).split('\n').length, what })
  }
  const processes = new Set<string>()
  new Visitor({
    ImportDeclaration: (node) => {
      if (!/^(node:)?child_process$/.test(node.source.value)) return
      for (const specifier of node.specifiers) {
        if (specifier.type !== 'ImportSpecifier') processes.add(specifier.local.name)
        else if (specifier.imported.type === 'Identifier' && shellFunctions.has(specifier.imported.name)) {
          report(specifier, `imports ${specifier.imported.name}`)
        }
      }
    },
    MemberExpression: (node) => {
      const isOfProcesses = node.object.type === 'Identifier' && processes.has(node.object.name)
      if (isOfProcesses && node.property.type === 'Identifier' && shellFunctions.has(node.property.name)) {
        report(node, `calls ${node.property.name}`)
      }
    },
    Property: (node) => {
      const isShell = node.key.type === 'Identifier' && node.key.name === 'shell'
      if (isShell && node.kind === 'init' && !(node.value.type === 'Literal' && node.value.value === false)) {
        report(node, 'says shell')
      }
    },
    Literal: (node) => {
      const { value } = node
      if (typeof value === 'string' && (shellWord.test(value) || shellLine.test(value))) report(node, `says ${value}`)
    },
    TemplateElement: (node) => {
      if (shellLine.test(node.value.raw)) report(node, `says ${node.value.raw}`)
    },
  }).visit(program)
  return findings
}

const files = globSync('{packages,scripts,bench,test}/**/*.{ts,tsx,mjs,js}', { cwd: root })
  .filter((file) => !file.includes('node_modules'))
  .map((file) => ({ file, text: readFileSync(join(root, file), 'utf8') }))

/** Tests say what runs inside of containers, where images have shells; no less do they start programs without one. */
const isTest = (file: string): boolean =>
  /\.(test|contract)\.ts$|^test\//.test(file) || file === 'scripts/no-shell.test.ts'

const all = files.flatMap(({ file, text }) => findShells(file, text))

describe('no program is started by a shell', () => {
  test('that reads a line anywhere, tests included', () => {
    expect(files.length).toBeGreaterThan(500)
    expect(all.filter(({ what }) => !what.startsWith('says '))).toEqual([])
  })

  test('that is named in what we ship', () => {
    const unknown = all.filter(({ file, what }) => what.startsWith('says ') && !isTest(file) && !(file in allowed))
    expect(unknown).toEqual([])
  })

  test('and whatever is allowed to name one does', () => {
    expect(Object.keys(allowed).filter((file) => !all.some((finding) => finding.file === file))).toEqual([])
  })
})

test.each([
  ["import { exec } from 'node:child_process'", 'imports exec'],
  ["import { execSync as run } from 'child_process'", 'imports execSync'],
  ["import * as processes from 'node:child_process'\nprocesses.exec('ls')", 'calls exec'],
  ["import processes from 'node:child_process'\nprocesses.execSync('ls')", 'calls execSync'],
  ["spawn('ls', [], { shell: true })", 'says shell'],
  ["spawn('ls', [], { shell })", 'says shell'],
  ["spawn('sh', ['-c', line])", 'says sh'],
  ["run(['/bin/bash', '-ec', line])", 'says /bin/bash'],
  ["run('nsenter -- sh -c ls')", 'says nsenter -- sh -c ls'],
  ['run(`bash -c ${line}`)', 'says bash -c '],
])('%s is seen', (text, what) => {
  expect(findShells('x.ts', text).map((finding) => finding.what)).toEqual([what])
})

test.each([
  "import { execFile, spawn } from 'node:child_process'\nspawn('ls', [], { shell: false })",
  'type Shell = { shell: string }\n// sh -c is never run',
  "const found = /a/.exec('b')\nawait cluster.exec({})",
])('%s is not', (text) => {
  expect(findShells('x.ts', text)).toEqual([])
})
