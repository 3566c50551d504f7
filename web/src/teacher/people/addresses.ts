/** Email addresses in a pasted list or a CSV file. */
export interface Addresses {
  /** Each once, in lower case, in their order. */
  readonly addresses: readonly string[]
  /** Lines without an address, from 1. The first line of a table may name its columns. */
  readonly unread: ReadonlyArray<{ readonly line: number, readonly text: string }>
}

const ADDRESS = /[^\s,;<>"'()[\]]+@[^\s,;<>"'()[\]]+\.[^\s,;<>"'()[\]]+/gu

export function readAddresses (text: string): Addresses {
  const addresses = new Set<string>()
  const unread: Array<{ line: number, text: string }> = []
  for (const [index, line] of text.split(/\r\n|\r|\n/).entries()) {
    const found = line.match(ADDRESS) ?? []
    for (const address of found) addresses.add(address.toLowerCase().replace(/\.+$/, ''))
    const isHeading = index === 0 && /e-?mail|address|name|ইমেইল/iu.test(line)
    if (found.length === 0 && line.trim() !== '' && !isHeading) unread.push({ line: index + 1, text: line.trim().slice(0, 80) })
  }
  return { addresses: [...addresses], unread }
}
