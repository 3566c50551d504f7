/**
 * The address of a thread's module beside `moduleUrl`: the TypeScript source, or the compiled file.
 *
 * The tests' loader registers in threads, too. tsx's registers on the main thread only (Node 20), so there the thread
 * starts with a line that registers it.
 */
export function workerUrl (moduleUrl: string, name: string): URL {
  const isSource = moduleUrl.endsWith('.ts')
  const url = new URL(`./${name}.${isSource ? 'ts' : 'js'}`, moduleUrl)
  const isTsx = isSource &&
    process.execArgv.some(argument => argument === 'tsx' || argument.endsWith('/tsx/dist/loader.mjs'))
  if (!isTsx) return url
  const script = `import { register } from ${JSON.stringify(import.meta.resolve('tsx/esm/api'))}; register(); await import(${JSON.stringify(url.href)})`
  return new URL(`data:text/javascript,${encodeURIComponent(script)}`)
}
