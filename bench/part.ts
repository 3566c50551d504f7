/** The options of every part of the bench. */
export interface BenchOptions {
  /** Folder of the labeled material; `video/` and `audio/` are read. */
  readonly folder: string
  readonly modelsDir: string
  /** Length of each overload, and of the recording. */
  readonly minutes: number
  /** Attacks of the part `hostile`; all if empty. */
  readonly attacks?: readonly string[]
  /** Number of candidates that this machine can serve, if an earlier part has measured it. */
  readonly held: number | undefined
}

/** The result of a part: as data for `--json`, and as text. */
export interface Answer {
  readonly figures: object
  readonly table: string
}

/** One question that the bench answers, in its own process. */
export interface Part {
  readonly name: string
  ask (options: BenchOptions): Promise<Answer>
}

/** Makes a part from a function that measures and a function that formats the figures. */
export function part<T extends object> (
  name: string,
  measure: (options: BenchOptions) => Promise<T>,
  write: (figures: T) => string
): Part {
  return {
    name,
    async ask (options) {
      const figures = await measure(options)
      return { figures, table: write(figures) }
    }
  }
}
