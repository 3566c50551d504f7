/** Ample: small symmetric matrices are diagonal to the last bit after some six sweeps. */
const SWEEPS_MAX = 30

/**
 * The unit eigenvector of the largest eigenvalue of a small symmetric matrix, by Jacobi's rotations
 * (Golub & Van Loan, Matrix Computations, 8.5).
 */
export function largestEigenvector (symmetric: readonly (readonly number[])[]): number[] {
  const size = symmetric.length
  const a = symmetric.map(row => [...row])
  const vectors = a.map((_, row) => a.map((_, column) => row === column ? 1 : 0))
  for (let sweep = 0; sweep < SWEEPS_MAX; sweep++) {
    let rest = 0
    for (let p = 0; p < size; p++) {
      for (let q = p + 1; q < size; q++) {
        rest += Math.abs(a[p]![q]!)
        rotate(a, vectors, p, q)
      }
    }
    if (rest === 0) break
  }
  let best = 0
  for (let k = 1; k < size; k++) if (a[k]![k]! > a[best]![best]!) best = k
  return vectors.map(row => row[best]!)
}

/** Turns the plane of axes p and q so that a[p][q] becomes 0. */
function rotate (a: number[][], vectors: number[][], p: number, q: number): void {
  const off = a[p]![q]!
  if (off === 0) return
  const theta = (a[q]![q]! - a[p]![p]!) / (2 * off)
  const tangent = (theta < 0 ? -1 : 1) / (Math.abs(theta) + Math.sqrt(theta * theta + 1))
  const cos = 1 / Math.sqrt(tangent * tangent + 1)
  const sin = tangent * cos
  for (let k = 0; k < a.length; k++) {
    const kp = a[k]![p]!
    const kq = a[k]![q]!
    a[k]![p] = cos * kp - sin * kq
    a[k]![q] = sin * kp + cos * kq
  }
  const rowP = a[p]!
  const rowQ = a[q]!
  for (let k = 0; k < a.length; k++) {
    const pk = rowP[k]!
    const qk = rowQ[k]!
    rowP[k] = cos * pk - sin * qk
    rowQ[k] = sin * pk + cos * qk
  }
  rowP[q] = 0
  rowQ[p] = 0
  for (const row of vectors) {
    const vp = row[p]!
    const vq = row[q]!
    row[p] = cos * vp - sin * vq
    row[q] = sin * vp + cos * vq
  }
}
