/**
 * Runs on the browser's audio thread: hands blocks of the first channel to the page, each with the time of its last
 * sample. The page may be busy when a block comes; this thread is not.
 */

declare class AudioWorkletProcessor {
  readonly port: MessagePort
}
declare function registerProcessor (
  name: string,
  processor: new () => AudioWorkletProcessor & { process(inputs: Float32Array[][]): boolean }
): void

/** A message each 2048 samples, some 40 ms: seldom enough for the page, soon enough for live sound. */
const BLOCK_SAMPLES = 2048

registerProcessor('microphone', class extends AudioWorkletProcessor {
  #block = new Float32Array(BLOCK_SAMPLES)
  #filled = 0

  process (inputs: Float32Array[][]): boolean {
    const samples = inputs[0]?.[0]
    if (samples === undefined) return true
    for (const sample of samples) {
      this.#block[this.#filled++] = sample
      if (this.#filled < BLOCK_SAMPLES) continue
      this.port.postMessage({ block: this.#block, endMs: Date.now() }, [this.#block.buffer])
      this.#block = new Float32Array(BLOCK_SAMPLES)
      this.#filled = 0
    }
    return true
  }
})
