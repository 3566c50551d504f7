/** The 80 classes of COCO (cocodataset.org), in the order every COCO detector numbers them. */
export const COCO_CLASSES: readonly string[] = [
  'person',
  'bicycle',
  'car',
  'motorcycle',
  'airplane',
  'bus',
  'train',
  'truck',
  'boat',
  'traffic light',
  'fire hydrant',
  'stop sign',
  'parking meter',
  'bench',
  'bird',
  'cat',
  'dog',
  'horse',
  'sheep',
  'cow',
  'elephant',
  'bear',
  'zebra',
  'giraffe',
  'backpack',
  'umbrella',
  'handbag',
  'tie',
  'suitcase',
  'frisbee',
  'skis',
  'snowboard',
  'sports ball',
  'kite',
  'baseball bat',
  'baseball glove',
  'skateboard',
  'surfboard',
  'tennis racket',
  'bottle',
  'wine glass',
  'cup',
  'fork',
  'knife',
  'spoon',
  'bowl',
  'banana',
  'apple',
  'sandwich',
  'orange',
  'broccoli',
  'carrot',
  'hot dog',
  'pizza',
  'donut',
  'cake',
  'chair',
  'couch',
  'potted plant',
  'bed',
  'dining table',
  'toilet',
  'tv',
  'laptop',
  'mouse',
  'remote',
  'keyboard',
  'cell phone',
  'microwave',
  'oven',
  'toaster',
  'sink',
  'refrigerator',
  'book',
  'clock',
  'vase',
  'scissors',
  'teddy bear',
  'hair drier',
  'toothbrush'
]

/** One entry of a Python dict literal: a whole number, a colon, a string in either kind of quotes. */
const ENTRY = /(\d+)\s*:\s*(?:'((?:[^'\\]|\\.)*)'|"((?:[^"\\]|\\.)*)")/g

/** More classes than any detector has: bounds what a damaged file can make us allocate. */
const CLASSES_MAX = 10_000

/**
 * Class names from the `names` entry of an ONNX file's metadata, which exporters write as a Python dict literal such as
 * `{0: 'person', 1: "cat's eye"}`. Undefined when there is none or it does not read as one; numbers left out get their
 * number as name.
 */
export function parseClassNames (text: string | undefined): readonly string[] | undefined {
  if (text === undefined) return undefined
  const names: string[] = []
  for (const [, index, single, double] of text.matchAll(ENTRY)) {
    const number = Number(index)
    if (number < CLASSES_MAX) names[number] = (single ?? double ?? '').replace(/\\(.)/g, '$1')
  }
  return names.length === 0 ? undefined : Array.from(names, (name, index) => name ?? String(index))
}
