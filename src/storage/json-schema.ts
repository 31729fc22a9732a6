/** The same schema for editors: schema/registry.schema.json is generated from it. */
import { toJSONSchema } from 'zod/v4/core'
import { registrySchema } from './schema.ts'

interface JsonSchema {
  [key: string]: unknown
}

/** JSON Schema, draft 2020-12. Keys that begin with x- are free everywhere. */
export function registryJsonSchema(): JsonSchema {
  const schema = toJSONSchema(registrySchema, {
    io: 'input',
    unrepresentable: 'any',
    override: ({ jsonSchema }) => {
      if (jsonSchema.additionalProperties === false) jsonSchema.patternProperties = { '^x-': {} }
    },
  })
  return { title: 'registry.yaml of modelyard, schema version 1', ...schema }
}
