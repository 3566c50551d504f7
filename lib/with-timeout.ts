/** The value of `result`, or undefined after `ms`. The work behind `result` is not stopped. */
export async function withTimeout<T> (result: Promise<T> | undefined, ms: number): Promise<T | undefined> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<undefined>(resolve => { timer = setTimeout(() => resolve(undefined), ms) })
  try {
    return await Promise.race([result, late])
  } finally {
    clearTimeout(timer)
  }
}
