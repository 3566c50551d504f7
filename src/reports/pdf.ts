import { existsSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { basename } from 'node:path'
import { NodeCompiler, PdfStandard } from '@myriaddreamin/typst-ts-node-compiler'
import type { Printed } from './print.ts'
import { TEMPLATE } from './template.ts'

/** In their package; `scripts/copy-assets.js` reads this list. */
export const FONTS = ['400Regular/NotoSansBengali_400Regular.ttf', '700Bold/NotoSansBengali_700Bold.ttf']

/** Opens the compiler; what it returns makes a tagged PDF/UA of a report. Its fonts hold Latin and Bengali letters. */
export function openPdfCompiler (): (printed: Printed) => Uint8Array {
  const fontBlobs = FONTS.map(readFont)
  const compiler = NodeCompiler.create({ fontArgs: [{ fontBlobs }] })
  return printed => {
    const inputs = { data: JSON.stringify(printed) }
    const pdf = compiler.pdf({ mainFileContent: TEMPLATE, inputs }, { pdfStandard: PdfStandard.UA_1 })
    // The compiler keeps what it made before.
    compiler.evictCache(0)
    return pdf
  }
}

/** The build copies the fonts beside this file, so that the server runs without their package. */
function readFont (name: string): Buffer {
  const copied = new URL(`./fonts/${basename(name)}`, import.meta.url)
  return readFileSync(
    existsSync(copied) ? copied : createRequire(import.meta.url).resolve(`@expo-google-fonts/noto-sans-bengali/${name}`)
  )
}
