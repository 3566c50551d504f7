/**
 * Ends worker threads without ending the process.
 *
 * A thread that is terminated inside a native call of onnxruntime takes the whole process with it: its return into a
 * dead JavaScript world is an uncaught C++ exception. So a worker marks when it is inside, and its owner waits until it
 * is not.
 */
import { setTimeout as delay } from 'node:timers/promises'
import { isMainThread, workerData, type Worker } from 'node:worker_threads'

/** What `workerData` carries beside the rest. */
export interface GateData {
  readonly nativeGate: SharedArrayBuffer
}

/** Places in the shared array: native calls under way, and whether new ones are refused. */
const INSIDE = 0
const CLOSED = 1
const POLL_MS = 10

const shared = isMainThread ? undefined : (workerData as Partial<GateData> | null)?.nativeGate
const gate = shared === undefined ? undefined : new Int32Array(shared)

/** In a worker: runs a native call that must not be interrupted. Rejects when the worker is being ended. */
export async function native<T> (call: () => Promise<T>): Promise<T> {
  if (gate === undefined) return await call()
  Atomics.add(gate, INSIDE, 1)
  try {
    if (Atomics.load(gate, CLOSED) !== 0) throw new Error('this worker is being ended')
    return await call()
  } finally {
    Atomics.sub(gate, INSIDE, 1)
  }
}

/** For the owner: what to hand a new worker. */
export function createGate (): GateData {
  return { nativeGate: new SharedArrayBuffer(2 * Int32Array.BYTES_PER_ELEMENT) }
}

/**
 * Terminates the worker as soon as it is outside native code; settles then, or after `patienceMs` if it never comes
 * out: such a thread is left alone.
 */
export async function terminateSafely (worker: Worker, { nativeGate }: GateData, patienceMs: number): Promise<void> {
  const gate = new Int32Array(nativeGate)
  Atomics.store(gate, CLOSED, 1)
  worker.unref()
  const deadlineMs = performance.now() + patienceMs
  while (Atomics.load(gate, INSIDE) > 0) {
    if (performance.now() > deadlineMs) return
    await delay(POLL_MS)
  }
  await worker.terminate()
}
