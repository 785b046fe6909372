import { expect, test } from 'vitest'
import { z } from 'zod'
import { atollSettings } from './x-atoll.ts'

test('the schema for editors, which loading checks against too, is made from the settings: write it with vitest -u', async () => {
  const schema = `${JSON.stringify(z.toJSONSchema(atollSettings), undefined, 2)}\n`
  await expect(schema).toMatchFileSnapshot('../../docs/x-atoll.schema.json')
})
