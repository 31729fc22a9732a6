import { sigmoid } from './elementary-functions.ts'
import { addOuterProduct, addProducts, pullBack } from './kernels.ts'
import type { Random } from './random.ts'

/** One dense layer: a view into the network's parameters. */
export interface Layer {
  readonly inputs: number
  readonly outputs: number
  /** Row-major [inputs, outputs]: the order of ONNX's Gemm without transposition. */
  readonly weights: Float32Array
  /** [outputs]. */
  readonly biases: Float32Array
}

/**
 * A multilayer perceptron: ReLU after each hidden layer, sigmoid after the last, one output.
 * Parameters are float32, so that what is measured is what is exported; all between them is float64.
 */
export interface Network {
  /** Widths, inputs first: [39, 128, 64, 1]. */
  readonly sizes: readonly number[]
  /** Every weight and bias, layer by layer, weights before biases. */
  readonly parameters: Float32Array
  readonly layers: readonly Layer[]
}

/** Space for one row's way through the network, reused from row to row. */
export interface Workspace {
  /** By width: the inputs; each hidden layer after ReLU (and dropout, when training); the logit. */
  readonly activations: readonly Float64Array[]
  /** By width: the loss's slope before ReLU; the first is unused. */
  readonly slopes: readonly Float64Array[]
  /** Which inputs of the layer at hand are not zero. */
  readonly alive: Uint32Array
}

/** Number of weights and biases. */
export function countParameters(sizes: readonly number[]): number {
  let count = 0
  for (let i = 1; i < sizes.length; i++) count += ((sizes[i - 1] as number) + 1) * (sizes[i] as number)
  return count
}

/** A network of all zeros, or over the given parameters (kept, not copied). */
export function createNetwork(
  sizes: readonly number[],
  parameters = new Float32Array(countParameters(sizes)),
): Network {
  return { sizes, parameters, layers: viewLayers(sizes, parameters) }
}

function viewLayers(sizes: readonly number[], parameters: Float32Array): Layer[] {
  const layers: Layer[] = []
  let offset = 0
  for (let i = 1; i < sizes.length; i++) {
    const inputs = sizes[i - 1] as number
    const outputs = sizes[i] as number
    const weights = parameters.subarray(offset, offset + inputs * outputs)
    offset += inputs * outputs
    layers.push({ inputs, outputs, weights, biases: parameters.subarray(offset, offset + outputs) })
    offset += outputs
  }
  return layers
}

/** Fresh weights: uniform within ±sqrt(6 / inputs) before ReLU (He), ±sqrt(1 / inputs) before the sigmoid; biases 0. */
export function initialise(network: Network, random: Random): void {
  network.layers.forEach(({ weights, biases, inputs }, i) => {
    const hidden = i < network.layers.length - 1
    const bound = Math.sqrt((hidden ? 6 : 1) / inputs)
    for (let k = 0; k < weights.length; k++) weights[k] = (2 * random.uniform() - 1) * bound
    biases.fill(0)
  })
}

export function createWorkspace(sizes: readonly number[]): Workspace {
  return {
    activations: sizes.map((size) => new Float64Array(size)),
    slopes: sizes.map((size) => new Float64Array(size)),
    alive: new Uint32Array(Math.max(...sizes)),
  }
}

/** Dropout of hidden activations while training: each is zeroed with probability `rate`, survivors are scaled up. */
export interface Dropout {
  /** 0 <= rate < 1. */
  readonly rate: number
  readonly random: Random
}

/**
 * Runs one row; returns the logit and leaves the activations in `space`.
 * @param inputs [sizes[0]]
 * @param dropout while training only; without it every unit takes part
 */
export function forward(network: Network, inputs: Float32Array, space: Workspace, dropout?: Dropout): number {
  let incoming = space.activations[0] as Float64Array
  incoming.set(inputs)
  network.layers.forEach((layer, i) => {
    const outgoing = space.activations[i + 1] as Float64Array
    outgoing.set(layer.biases)
    addProducts(incoming, layer.weights, outgoing, space.alive)
    if (i < network.layers.length - 1) rectify(outgoing, dropout)
    incoming = outgoing
  })
  return incoming[0] as number
}

function rectify(values: Float64Array, dropout: Dropout | undefined): void {
  if (dropout === undefined || dropout.rate === 0) {
    for (let i = 0; i < values.length; i++) if (!((values[i] as number) > 0)) values[i] = 0
    return
  }
  const threshold = dropout.rate * 4294967296
  const scale = 1 / (1 - dropout.rate)
  for (let i = 0; i < values.length; i++) {
    // A unit that ReLU has zeroed draws too: how many numbers a step draws must not depend on the weights.
    const kept = dropout.random.bits() >= threshold
    const value = values[i] as number
    values[i] = kept && value > 0 ? value * scale : 0
  }
}

/**
 * Adds one row's gradient to `gradients`, after `forward` left that row's activations in `space`.
 * @param slope the loss's derivative by the logit, already divided by the batch's size
 * @param dropoutRate the rate that `forward` ran with, 0 for none
 */
export function backward(
  network: Network,
  space: Workspace,
  gradients: readonly Gradient[],
  slope: number,
  dropoutRate: number,
): void {
  const scale = 1 / (1 - dropoutRate)
  const last = network.layers.length - 1
  ;(space.slopes[last + 1] as Float64Array)[0] = slope
  for (let i = last; i >= 0; i--) {
    const { weights } = network.layers[i] as Layer
    const gradient = gradients[i] as Gradient
    const incoming = space.activations[i] as Float64Array
    const slopes = space.slopes[i + 1] as Float64Array
    for (let k = 0; k < slopes.length; k++) gradient.biases[k] = (gradient.biases[k] as number) + (slopes[k] as number)
    addOuterProduct(incoming, slopes, gradient.weights)
    if (i > 0) pullBack(incoming, weights, slopes, space.slopes[i] as Float64Array, scale)
  }
}

/** One layer's gradient, a view into the sum over all parameters. */
export interface Gradient {
  readonly weights: Float64Array
  readonly biases: Float64Array
}

/** Views of `sum` ([countParameters(sizes)]) by layer, in the order of the network's parameters. */
export function viewGradients(sizes: readonly number[], sum: Float64Array): Gradient[] {
  let offset = 0
  return sizes.slice(1).map((outputs, i) => {
    const size = (sizes[i] as number) * outputs
    const weights = sum.subarray(offset, offset + size)
    const biases = sum.subarray(offset + size, offset + size + outputs)
    offset += size + outputs
    return { weights, biases }
  })
}

/** The model's answer for one row as float32, 0..1: as serving computes it, no dropout. */
export function predictRow(network: Network, inputs: Float32Array, space: Workspace): number {
  return Math.fround(sigmoid(forward(network, inputs, space)))
}
