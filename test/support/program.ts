/** Node's arguments that run a program of the tests in a process of its own, as this test runs: compiled or by tsx. */
export function program (name: string): string[] {
  const isSource = import.meta.url.endsWith('.ts')
  return [...process.execArgv, isSource ? `${name}.ts` : `dist-dev/${name}.js`]
}
