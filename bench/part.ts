/** What every part of the bench is told. */
export interface BenchOptions {
  /** The labelled material: `video/` and `audio/` are read. */
  readonly folder: string
  readonly modelsDir: string
  /** How long each overload lasts. */
  readonly minutes: number
  /** Attacks of the part `hostile`; all when empty. */
  readonly attacks?: readonly string[]
  /** Candidates that this machine holds, where an earlier part has found that out. */
  readonly held: number | undefined
}

/** What a part found out: as data for `--json`, and as lines for people. */
export interface Answer {
  readonly figures: object
  readonly table: string
}

/** One question that the bench answers; each runs in a process of its own. */
export interface Part {
  readonly name: string
  ask (options: BenchOptions): Promise<Answer>
}

/** A part of a function that measures and one that writes down. */
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
