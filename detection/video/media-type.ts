/** What kind of media a file holds, as far as its first bytes tell. */
export type MediaKind = 'picture' | 'gif' | 'video' | 'sound' | 'unknown'

/** Bytes from the start of a file that `mediaKind` wants to see. */
export const KIND_BYTES = 4096

/**
 * Says what a file is by its first bytes, whatever it is called.
 *
 * `video` means a container that usually holds one; whether it does only its track list tells. `unknown` includes the
 * empty file.
 */
export function mediaKind (head: Uint8Array): MediaKind {
  if (starts(head, 0xff, 0xd8, 0xff) || starts(head, 0x89, 0x50, 0x4e, 0x47)) return 'picture'
  const four = ascii(head, 0, 4)
  if (four === 'GIF8') return 'gif'
  if (four === 'RIFF') return riffKind(ascii(head, 8, 4))
  if (four === 'fLaC' || four === 'OggS' || ascii(head, 0, 3) === 'ID3') return 'sound'
  // MPEG audio frame (MP3) or ADTS (AAC): eleven set bits.
  if (head.length > 2 && head[0] === 0xff && (head[1]! & 0xe0) === 0xe0) return 'sound'
  if (starts(head, 0x1a, 0x45, 0xdf, 0xa3)) return 'video'
  switch (ascii(head, 4, 4)) {
    case 'ftyp':
      return ftypKind(ascii(head, 8, 4))
    // QuickTime files and fragments may begin without `ftyp`.
    case 'moov': case 'mdat': case 'free': case 'skip': case 'wide': case 'styp':
      return 'video'
    default:
      return 'unknown'
  }
}

function riffKind (form: string): MediaKind {
  if (form === 'WEBP') return 'picture'
  return form === 'WAVE' ? 'sound' : 'unknown'
}

function ftypKind (brand: string): MediaKind {
  if (brand === 'avif' || brand === 'heic' || brand === 'mif1') return 'picture'
  return brand === 'M4A ' ? 'sound' : 'video'
}

function starts (head: Uint8Array, ...bytes: readonly number[]): boolean {
  return bytes.every((byte, index) => head[index] === byte)
}

function ascii (head: Uint8Array, from: number, length: number): string {
  return String.fromCharCode(...head.subarray(from, from + length))
}
