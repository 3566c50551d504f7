/** One file a model is made of, inside an npm package. */
export interface PackagedFile {
  readonly package: string
  readonly path: string
  /** Set when `path` is a packed archive: the end of the name of the file inside; the archive's loader script holds the offsets. */
  readonly inside?: string
  readonly bytes: number
  readonly sha256: string
}

export interface PackagedModel {
  /** File names under which MODELS_DIR may hold another copy, in the order of `files`. */
  readonly files: readonly PackagedFile[]
  readonly licence: string
}

/** Everything that is there after `npm ci`. Sizes and hashes are of the files of the versions in package.json. */
export const PACKAGED_MODELS = {
  faceShort: {
    files: [{
      package: '@mediapipe/face_detection',
      path: 'face_detection_short_range.tflite',
      bytes: 229_032,
      sha256: '3bc182eb9f33925d9e58b5c8d59308a760f4adea8f282370e428c51212c26633'
    }],
    licence: 'Apache-2.0'
  },
  faceFull: {
    files: [{
      package: '@mediapipe/face_detection',
      path: 'face_detection_full_range.tflite',
      bytes: 1_083_984,
      sha256: '99bf9494d84f50acc6617d89873f71bf6635a841ea699c17cb3377f9507cfec3'
    }],
    licence: 'Apache-2.0'
  },
  faceMesh: {
    files: [{
      package: '@mediapipe/face_mesh',
      path: 'face_mesh_solution_packed_assets.data',
      inside: 'face_landmark_with_attention.tflite',
      bytes: 2_495_952,
      sha256: '883b7411747bac657c30c462d305d312e9dec6adbf8b85e2f5d8d722fca9455d'
    }],
    licence: 'Apache-2.0'
  },
  palm: {
    files: [{
      package: '@mediapipe/hands',
      path: 'hands_solution_packed_assets.data',
      inside: 'palm_detection_lite.tflite',
      bytes: 1_985_440,
      sha256: 'e9a4aaddf90dda56a87235303cf00e4c2d3fb28725f68fd88772997dac905c18'
    }],
    licence: 'Apache-2.0'
  },
  handLandmark: {
    files: [{
      package: '@mediapipe/hands',
      path: 'hand_landmark_lite.tflite',
      bytes: 2_071_408,
      sha256: 'd7fde8ac11f8ce03f8663775bfc323f4fc9f2a38062b4f4efa142874ef5b2a48'
    }],
    licence: 'Apache-2.0'
  },
  centernet: {
    files: [
      {
        package: '@vladmandic/human',
        path: 'models/centernet.json',
        bytes: 201_673,
        sha256: 'bfb942eaacc5becf738d536663bc4580a0ae9e560722306e6d4dd7fe4a09de05'
      },
      {
        package: '@vladmandic/human',
        path: 'models/centernet.bin',
        bytes: 4_030_290,
        sha256: '1b635a15009071f506f9f2b3519b31c072c534888989f30d269ffd44734ef7ef'
      }
    ],
    licence: 'MIT'
  }
} as const satisfies Readonly<Record<string, PackagedModel>>

/** The canonical face model, beside the face mesh in its archive. */
export const FACE_GEOMETRY_FILE: PackagedFile = {
  package: '@mediapipe/face_mesh',
  path: 'face_mesh_solution_packed_assets.data',
  inside: 'geometry_pipeline_metadata_landmarks.binarypb',
  bytes: 19_376,
  sha256: 'bdbcda96dfcb7da883da124aaa2c55dee49770d934f0fcc71747f8c21bdc75b4'
}

/** A file that is not in npm and is downloaded once into MODELS_DIR. */
export interface DownloadedModel {
  readonly name: string
  readonly file: string
  readonly address: string
  readonly bytes: number
  readonly sha256: string
  readonly licence: string
}

/** YOLOX-nano, trained on COCO, as its authors exported it. */
export const YOLOX_NANO: DownloadedModel = {
  name: 'yolox_nano',
  file: 'yolox_nano.onnx',
  address: 'https://github.com/Megvii-BaseDetection/YOLOX/releases/download/0.1.1rc0/yolox_nano.onnx',
  bytes: 3_678_356,
  sha256: 'e8af074932d4ed7e232278e3055cefcdea3edf178874a3694ae292649fb464dd',
  licence: 'Apache-2.0'
}

export const DOWNLOADED_MODELS: readonly DownloadedModel[] = [YOLOX_NANO]
