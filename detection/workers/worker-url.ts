/** Whether this is the source itself, run through a loader, and not its compiled form. */
const IS_SOURCE = import.meta.url.endsWith('.ts')

/**
 * The module of a worker thread beside this file, compiled or not.
 *
 * The tests' loader registers in worker threads, too. tsx's registers on the main thread only (Node 20), so there the
 * thread starts with a line that registers it.
 */
export function workerUrl (): URL {
  const url = new URL(IS_SOURCE ? './worker.ts' : './worker.js', import.meta.url)
  const isTsx = IS_SOURCE && process.execArgv.some(argument => argument.endsWith('/tsx/dist/loader.mjs'))
  if (!isTsx) return url
  const script = `import { register } from ${JSON.stringify(import.meta.resolve('tsx/esm/api'))}; register(); await import(${JSON.stringify(url.href)})`
  return new URL(`data:text/javascript,${encodeURIComponent(script)}`)
}
