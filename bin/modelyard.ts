#!/usr/bin/env node
import { processContext } from '../src/cli/context.ts'
import { main } from '../src/cli/main.ts'

declare const MODELYARD_VERSION: string

const context = processContext(MODELYARD_VERSION, new URL('./inference-child.cjs', import.meta.url))
main(context).then((code) => {
  process.exitCode = code
})
