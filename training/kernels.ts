/**
 * The loops in which training spends its time. Inputs that are zero (most hidden ones, after ReLU and dropout) are
 * skipped, and nothing is called within: this form is what V8 compiles best.
 *
 * The order of additions is fixed, so results are the same to the bit everywhere: a JavaScript engine may neither fuse
 * nor reorder float64 operations. Callers pass these very array types only: a second type would make the loops slow.
 */

/**
 * outputs[o] += sum over i of inputs[i] * weights[i, o], four live inputs at a time.
 * @param weights row-major [inputs.length, outputs.length]
 * @param alive scratch, at least [inputs.length]
 */
export function addProducts(
  inputs: Float64Array,
  weights: Float32Array,
  outputs: Float64Array,
  alive: Uint32Array,
): void {
  const width = outputs.length
  let count = 0
  for (let i = 0; i < inputs.length; i++) if (inputs[i] !== 0) alive[count++] = i
  let k = 0
  for (; k + 3 < count; k += 4) {
    const i = alive[k] as number
    const j = alive[k + 1] as number
    const l = alive[k + 2] as number
    const m = alive[k + 3] as number
    const a = inputs[i] as number
    const b = inputs[j] as number
    const c = inputs[l] as number
    const d = inputs[m] as number
    for (let o = 0; o < width; o++) {
      outputs[o] =
        (outputs[o] as number) +
        a * (weights[i * width + o] as number) +
        b * (weights[j * width + o] as number) +
        c * (weights[l * width + o] as number) +
        d * (weights[m * width + o] as number)
    }
  }
  for (; k < count; k++) {
    const i = alive[k] as number
    const a = inputs[i] as number
    for (let o = 0; o < width; o++) outputs[o] = (outputs[o] as number) + a * (weights[i * width + o] as number)
  }
}

/**
 * gradient[i, o] += inputs[i] * slopes[o].
 * @param gradient row-major [inputs.length, slopes.length]
 */
export function addOuterProduct(inputs: Float64Array, slopes: Float64Array, gradient: Float64Array): void {
  const width = slopes.length
  for (let i = 0; i < inputs.length; i++) {
    const a = inputs[i] as number
    if (a === 0) continue
    const base = i * width
    for (let o = 0; o < width; o++) gradient[base + o] = (gradient[base + o] as number) + a * (slopes[o] as number)
  }
}

/**
 * pulled[i] = scale * sum over o of weights[i, o] * slopes[o] where inputs[i] is not 0, else 0: the slope before ReLU
 * and dropout of the layer below, whose outputs `inputs` are.
 * @param weights row-major [inputs.length, slopes.length]
 */
export function pullBack(
  inputs: Float64Array,
  weights: Float32Array,
  slopes: Float64Array,
  pulled: Float64Array,
  scale: number,
): void {
  const width = slopes.length
  for (let i = 0; i < inputs.length; i++) {
    let sum = 0
    if (inputs[i] !== 0) {
      const base = i * width
      for (let o = 0; o < width; o++) sum += (weights[base + o] as number) * (slopes[o] as number)
    }
    pulled[i] = sum * scale
  }
}
