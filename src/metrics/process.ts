import { collectDefaultMetrics, Registry } from 'prom-client'

let registry: Registry | undefined

/**
 * Node's own metrics: processor time, memory, event loop, garbage collection. They are the process's, whatever number
 * of applications it holds, and what measures them cannot be ended: there is one.
 */
export function processRegistry (): Registry {
  if (registry === undefined) {
    registry = new Registry()
    collectDefaultMetrics({ register: registry })
  }
  return registry
}
