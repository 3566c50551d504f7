/** The free input buffer of each model. It holds no state, only memory to reuse, and goes away with its model. */
const idle = new WeakMap<object, Float32Array>()

/**
 * Does `work` with memory for an input of `length` numbers of this model: what its last run left, or new while that is
 * in use or when it is too small. It holds anything; `work` writes all of it, and keeps none of it.
 *
 * Fresh memory for each input, half a megabyte a face, costs as much time as a third of the sampling, and is most of
 * the garbage.
 */
export async function withInputMemory<T> (
  model: object,
  length: number,
  work: (memory: Float32Array) => Promise<T>
): Promise<T> {
  const left = idle.get(model)
  idle.delete(model)
  const memory = left !== undefined && left.length >= length ? left : new Float32Array(length)
  try {
    return await work(memory.subarray(0, length))
  } finally {
    idle.set(model, memory)
  }
}
