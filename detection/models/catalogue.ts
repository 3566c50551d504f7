/** One file a model is made of, inside an npm package. */
export interface PackagedFile {
  readonly package: string
  readonly path: string
  /**
   * Set when `path` is a packed archive: the end of the name of the file inside; the archive's loader script holds the
   * offsets.
   */
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
  // Trained on 24 classes of Open Images; the package's other models are not used.
  openImages: {
    files: [{
      package: '@mediapipe/objectron',
      path: 'objectron_solution_packed_assets.data',
      inside: 'object_detection_ssd_mobilenetv2_oidv4_fp16.tflite',
      bytes: 9_987_728,
      sha256: 'd0a5255bf8c4f5a0bc4240741a76c41d5e939f7655078f945f50ab53a9375da6'
    }],
    licence: 'Apache-2.0'
  },
  // The model is Silero Team's (MIT), the package around it ISC.
  speech: {
    files: [{
      package: '@ricky0123/vad-web',
      path: 'dist/silero_vad_v6.onnx',
      bytes: 2_327_524,
      sha256: '1a153a22f4509e292a94e67d6f9b85e8deb25b4988682b7e174c65279d8788e3'
    }],
    licence: 'MIT'
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

/** The nets that tell faces apart, loaded at their first use; each its topology or manifest and its weights. */
export const IDENTITY_MODELS = {
  dlib: {
    files: [
      {
        package: '@vladmandic/face-api',
        path: 'model/face_recognition_model-weights_manifest.json',
        bytes: 19_615,
        sha256: 'cbaffa501b0b9275a12b63357a6843e7e30c054e1c9151e1a5f879b26e32986b'
      },
      {
        package: '@vladmandic/face-api',
        path: 'model/face_recognition_model.bin',
        bytes: 6_444_032,
        sha256: 'b413e420d6840b2775fba32008db6f3cddb07d485967fb42cfcf379c16a8c589'
      }
    ],
    licence: 'MIT'
  },
  faceres: {
    files: [
      {
        package: '@vladmandic/human',
        path: 'models/faceres.json',
        bytes: 71_432,
        sha256: '5b83d49c0385d2e68a05122441b94226313677cae9fcc40b9587ad50079eb4df'
      },
      {
        package: '@vladmandic/human',
        path: 'models/faceres.bin',
        bytes: 6_978_814,
        sha256: '2c7d2d62b76c97528b736527aa09d310ea71743c9e3e79fb6c62d4b2d73af79b'
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
