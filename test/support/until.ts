/** Settles when `isTrue` is; fails after `withinMs`. */
export async function until (isTrue: () => boolean | Promise<boolean>, withinMs = 20_000): Promise<void> {
  for (const endMs = Date.now() + withinMs; !await isTrue();) {
    if (Date.now() > endMs) throw new Error(`not so after ${withinMs} ms: ${isTrue.toString()}`)
    await new Promise(resolve => setTimeout(resolve, 20))
  }
}
