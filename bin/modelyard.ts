#!/usr/bin/env node
import { processContext } from '../src/cli/context.ts'
import { main } from '../src/cli/main.ts'

declare const MODELYARD_VERSION: string

process.exitCode = await main(processContext(MODELYARD_VERSION, new URL('./inference-child.js', import.meta.url)))
