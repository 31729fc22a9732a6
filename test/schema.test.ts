import { expect, test } from 'vitest'
import { registryJsonSchema } from '../src/storage/json-schema.ts'

// `npm run docs` writes it; here a difference is a failure.
test('schema/registry.schema.json is what the parser checks', async () => {
  await expect(`${JSON.stringify(registryJsonSchema(), null, 2)}\n`).toMatchFileSnapshot(
    '../schema/registry.schema.json',
  )
})
