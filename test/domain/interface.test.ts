import { describe, expect, it } from 'vitest'
import { compareInterfaces } from '../../src/domain/interface.ts'
import type { ModelInterface, TensorInterface } from '../../src/domain/registry.ts'
import { INTERFACE } from '../support/models.ts'

const [INPUT, OUTPUT] = [INTERFACE.inputs[0] as TensorInterface, INTERFACE.outputs[0] as TensorInterface]
const withInput = (fields: Partial<TensorInterface>): ModelInterface => ({
  ...INTERFACE,
  inputs: [{ ...INPUT, ...fields }],
})
const withOutput = (fields: Partial<TensorInterface>): ModelInterface => ({
  ...INTERFACE,
  outputs: [{ ...OUTPUT, ...fields }],
})

describe('a file against the interface', () => {
  it('finds no difference where there is none', () => {
    expect(compareInterfaces(INTERFACE, INTERFACE)).toEqual([])
  })

  it('takes the name of a free dimension for documentation', () => {
    expect(compareInterfaces(INTERFACE, withInput({ shape: ['N', 3] }))).toEqual([])
  })

  it('takes a file that is free where the interface is fixed', () => {
    expect(compareInterfaces(INTERFACE, withInput({ shape: ['batch', 'width'] }))).toEqual([
      { where: 'input "input" shape', expected: '[batch, 3]', actual: '[batch, width]', verdict: 'compatible' },
    ])
  })

  it.each([
    ['is fixed where the interface is free', [1, 3], '[1, 3]'],
    ['has another fixed dimension', ['batch', 4], '[batch, 4]'],
    ['has another rank', [3], '[3]'],
    ['has no dimensions', [], '[]'],
    ['is free in one and wrong in the next', [1, 'width'], '[1, width]'],
  ])('refuses one that %s', (_, shape, actual) => {
    expect(compareInterfaces(INTERFACE, withInput({ shape }))).toEqual([
      { where: 'input "input" shape', expected: '[batch, 3]', actual, verdict: 'breaking' },
    ])
  })

  it('refuses another dtype', () => {
    expect(compareInterfaces(INTERFACE, withOutput({ dtype: 'float64' }))).toEqual([
      { where: 'output "output" dtype', expected: 'float32', actual: 'float64', verdict: 'breaking' },
    ])
  })

  it('refuses another order of the features, slot by slot', () => {
    expect(compareInterfaces(INTERFACE, withInput({ features: ['hour', 'age', 'score'] }))).toEqual([
      { where: 'input "input" feature 0', expected: 'age', actual: 'hour', verdict: 'breaking' },
      { where: 'input "input" feature 1', expected: 'hour', actual: 'age', verdict: 'breaking' },
    ])
  })

  it('refuses a missing feature and one too many, also one that is named none', () => {
    expect(compareInterfaces(INTERFACE, withInput({ features: ['age', 'hour'] }))).toEqual([
      { where: 'input "input" feature 2', expected: 'score', actual: 'none', verdict: 'breaking' },
    ])
    expect(compareInterfaces(INTERFACE, withInput({ features: ['age', 'hour', 'score', 'none'] }))).toEqual([
      { where: 'input "input" feature 3', expected: 'none', actual: 'none', verdict: 'breaking' },
    ])
  })

  it('cannot compare features that one of the two does not name', () => {
    expect(compareInterfaces(INTERFACE, withInput({ features: undefined }))).toEqual([])
    expect(compareInterfaces(withInput({ features: undefined }), INTERFACE)).toEqual([])
  })

  it('refuses a renamed input: one is missing, another comes unasked', () => {
    expect(compareInterfaces(INTERFACE, withInput({ name: 'x' }))).toEqual([
      { where: 'input "input"', expected: 'present', actual: 'missing', verdict: 'breaking' },
      { where: 'input "x"', expected: 'absent', actual: 'float32 [batch, 3]', verdict: 'breaking' },
    ])
  })

  it('takes an extra output, and an extra input that has a value of its own', () => {
    const extra = { name: 'extra', dtype: 'int64', shape: [1] }
    expect(compareInterfaces(INTERFACE, { ...INTERFACE, outputs: [OUTPUT, extra] })).toEqual([
      { where: 'output "extra"', expected: 'absent', actual: 'int64 [1]', verdict: 'compatible' },
    ])
    expect(compareInterfaces(INTERFACE, { ...INTERFACE, inputs: [INPUT, { ...extra, optional: true }] })).toEqual([
      { where: 'input "extra"', expected: 'absent', actual: 'int64 [1]', verdict: 'compatible' },
    ])
    expect(compareInterfaces(INTERFACE, { ...INTERFACE, inputs: [INPUT, extra] })).toEqual([
      { where: 'input "extra"', expected: 'absent', actual: 'int64 [1]', verdict: 'breaking' },
    ])
  })

  it('may lack an optional output, but no other and no optional input', () => {
    const nothing = { inputs: [], outputs: [] }
    expect(compareInterfaces({ inputs: [], outputs: [{ ...OUTPUT, optional: true }] }, nothing)).toEqual([])
    expect(compareInterfaces({ inputs: [], outputs: [OUTPUT] }, nothing)).toHaveLength(1)
    expect(compareInterfaces({ inputs: [{ ...INPUT, optional: true }], outputs: [] }, nothing)).toEqual([
      { where: 'input "input"', expected: 'present', actual: 'missing', verdict: 'breaking' },
    ])
  })

  it('refuses to need an input that the serving side may leave out', () => {
    expect(compareInterfaces(withInput({ optional: true }), INTERFACE)).toEqual([
      { where: 'input "input"', expected: 'optional', actual: 'required', verdict: 'breaking' },
    ])
    expect(compareInterfaces(INTERFACE, withInput({ optional: true }))).toEqual([])
  })

  it('does not mind another order of inputs', () => {
    const second = { name: 'second', dtype: 'float32', shape: [1] }
    const both: ModelInterface = { ...INTERFACE, inputs: [INPUT, second] }
    expect(compareInterfaces(both, { ...both, inputs: [second, INPUT] })).toEqual([])
  })
})
