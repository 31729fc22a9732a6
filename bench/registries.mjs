// Registries of any size, formatted as by hand.
import { createHash } from 'node:crypto'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** Writes registry.yaml and one file that every version points to. @returns the folder */
export function makeRegistry(folder, { models, versions }) {
  mkdirSync(join(folder, 'models'), { recursive: true })
  const model = 'not a model: the benchmark does not load it\n'
  writeFileSync(join(folder, 'models/any.onnx'), model)
  const digest = `sha256:${createHash('sha256').update(model).digest('hex')}`
  const lines = ['# Generated for a benchmark', 'schemaVersion: 1', 'models:']
  for (let m = 0; m < models; m++)
    for (const line of modelLines(`model_${String(m).padStart(3, '0')}`, versions, digest, model.length))
      lines.push(line)
  writeFileSync(join(folder, 'registry.yaml'), `${lines.join('\n')}\n`)
  return folder
}

function modelLines(name, versions, digest, bytes) {
  const lines = [
    `  ${name}:   # team discovery`,
    `    description: "Model ${name}: what it is for"`,
    '    active: v0.0-bench',
    '    interface:',
    '      inputs:',
    '        - {name: input, dtype: float32, shape: [batch, 39]}',
    '      outputs:',
    '        - {name: output, dtype: float32, shape: [batch, 1], range: [0, 1]}',
    '    versions:',
  ]
  for (let v = 0; v < versions; v++) {
    lines.push(
      `      v0.${v}-bench:`,
      '        modelPath: models/any.onnx',
      `        digest: ${digest}`,
      `        bytes: ${bytes}`,
      `        status: ${v === 0 ? 'active' : 'deprecated'}`,
      '        defaultWeight: 0.1',
      '        dataSource: hybrid_big_five   # synthetic',
      '        trainedDate: 2025-12-28',
      '        trainingMetrics:',
      `          test_loss: 0.0${200 + v}`,
      '        registeredAt: 2026-11-23T10:00:00Z',
      '        registeredBy: ci',
      '',
    )
  }
  lines.push(
    '    pastExperiments: []',
    '    history:',
    '      - {at: 2026-11-23T11:00:00Z, action: switched, from: null, to: v0.0-bench, by: ci, reason: first release}',
  )
  return lines
}
