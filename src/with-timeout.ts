/** What `result` gives, or undefined where it takes longer than `ms`; it goes on all the same. */
export async function within<T> (ms: number, result: Promise<T> | undefined): Promise<T | undefined> {
  let timer: NodeJS.Timeout | undefined
  const patience = new Promise<undefined>(resolve => { timer = setTimeout(() => resolve(undefined), ms) })
  try {
    return await Promise.race([result, patience])
  } finally {
    clearTimeout(timer)
  }
}
