import { readFileSync } from 'node:fs'

export interface Instruction { readonly stage: string, readonly name: string, readonly args: string }

/** The instructions of the Dockerfile, each with the name of its stage. */
export function readDockerfile (): Instruction[] {
  let stage = ''
  const lines = readFileSync('Dockerfile', 'utf8')
    .replaceAll('\\\n', ' ')
    .split('\n')
    .filter(line => /^[A-Z]+ /.test(line))
  return lines.map(line => {
    const [, name, args] = /^([A-Z]+) +(.*)$/.exec(line)!
    if (name === 'FROM') stage = / AS (\S+)$/.exec(args!)?.[1] ?? 'final'
    return { stage, name: name!, args: args! }
  })
}
