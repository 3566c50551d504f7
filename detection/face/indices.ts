/**
 * Places of the face mesh in MediaPipe's canonical order (facts of its published mesh topology and of its graph
 * `face_landmarks_model_loader` / refinement options). "Right" and "left" are the person's own.
 */

/** Points of the mesh without the irises. */
export const MESH_POINTS = 468
/** Points with the two irises. */
export const FACE_POINTS = 478

/** Where the 80 points of the attention model's lips go. */
export const LIPS: readonly number[] = [
  61, 146, 91, 181, 84, 17, 314, 405, 321, 375, 291, 185, 40, 39, 37, 0, 267, 269, 270, 409,
  78, 95, 88, 178, 87, 14, 317, 402, 318, 324, 308, 191, 80, 81, 82, 13, 312, 311, 310, 415,
  76, 77, 90, 180, 85, 16, 315, 404, 320, 307, 306, 184, 74, 73, 72, 11, 302, 303, 304, 408,
  62, 96, 89, 179, 86, 15, 316, 403, 319, 325, 292, 183, 42, 41, 38, 12, 268, 271, 272, 407
]

/** Where the 71 points of the person's right eye go; the first 16 are the contour of the eye's opening. */
export const RIGHT_EYE: readonly number[] = [
  33, 7, 163, 144, 145, 153, 154, 155, 133, 246, 161, 160, 159, 158, 157, 173,
  130, 25, 110, 24, 23, 22, 26, 112, 243, 247, 30, 29, 27, 28, 56, 190,
  226, 31, 228, 229, 230, 231, 232, 233, 244, 113, 225, 224, 223, 222, 221, 189,
  35, 124, 46, 53, 52, 65, 143, 111, 117, 118, 119, 120, 121, 128, 245,
  156, 70, 63, 105, 66, 107, 55, 193
]

/** Where the 71 points of the person's left eye go; the first 16 are the contour of the eye's opening. */
export const LEFT_EYE: readonly number[] = [
  263, 249, 390, 373, 374, 380, 381, 382, 362, 466, 388, 387, 386, 385, 384, 398,
  359, 255, 339, 254, 253, 252, 256, 341, 463, 467, 260, 259, 257, 258, 286, 414,
  446, 261, 448, 449, 450, 451, 452, 453, 464, 342, 445, 444, 443, 442, 441, 413,
  265, 353, 276, 283, 282, 295, 372, 340, 346, 347, 348, 349, 350, 357, 465,
  383, 300, 293, 334, 296, 336, 285, 417
]

/** How many points of RIGHT_EYE and LEFT_EYE are the contour of the opening. */
export const EYE_CONTOUR_POINTS = 16

/** First of the five points of each iris: its centre, then four on its rim. */
export const RIGHT_IRIS = 468
export const LEFT_IRIS = 473

/** Outer corners of the eyes: level in the region of a face. */
export const RIGHT_EYE_OUTER = 33
export const LEFT_EYE_OUTER = 263

export type Pair = readonly [a: number, b: number]

/** An opening between lids or lips: its corners, and pairs of points above and below each other. */
export interface Opening {
  readonly corners: Pair
  readonly pairs: readonly Pair[]
}

export const RIGHT_EYE_LIDS: Opening = { corners: [33, 133], pairs: [[160, 144], [159, 145], [158, 153]] }
export const LEFT_EYE_LIDS: Opening = { corners: [362, 263], pairs: [[385, 380], [386, 374], [387, 373]] }
/** The outer corners of the lips, and the edges of the upper and the lower lip inside. */
export const MOUTH: Opening = { corners: [61, 291], pairs: [[82, 87], [13, 14], [312, 317]] }
/** Middle of the upper lip's inner edge. */
export const UPPER_LIP_EDGE = 13
/** The lowest point of the chin. */
export const CHIN = 152
