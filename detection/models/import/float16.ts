/** Widens IEEE 754 half-precision numbers, given as their 16 bits. */
export function float16ToFloat32 (halves: Uint16Array): Float32Array {
  const result = new Float32Array(halves.length)
  const bits = new Uint32Array(result.buffer)
  for (let index = 0; index < halves.length; index++) {
    const half = halves[index]!
    const sign = (half & 0x8000) << 16
    const exponent = (half >> 10) & 0x1f
    const fraction = half & 0x3ff
    if (exponent === 0) {
      // Zero or subnormal: fraction × 2^-24.
      result[index] = (sign === 0 ? 1 : -1) * fraction * 2 ** -24
    } else if (exponent === 31) {
      bits[index] = sign | 0x7f800000 | (fraction << 13)
    } else {
      bits[index] = sign | ((exponent + 112) << 23) | (fraction << 13)
    }
  }
  return result
}
