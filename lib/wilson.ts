/** The 95 % interval of a share by Wilson's score, 0..1. */
export function wilson (count: number, of: number): { readonly low: number, readonly high: number } {
  if (of === 0) return { low: 0, high: 1 }
  const z = 1.96
  const middle = (count + z * z / 2) / (of + z * z)
  const half = z / (of + z * z) * Math.sqrt(count * (of - count) / of + z * z / 4)
  return { low: Math.max(0, middle - half), high: Math.min(1, middle + half) }
}
