const BASE64 = /^[\w+/\r\n\t -]*={0,2}$/

/** Decodes base64 (standard or URL alphabet, white space allowed); undefined if the text is not base64. */
function fromBase64 (text: string): Buffer | undefined {
  // Buffer silently skips other characters, so the alphabet is checked first.
  return BASE64.test(text) ? Buffer.from(text, 'base64') : undefined
}

/**
 * Decodes a data URL (RFC 2397): the scheme and `base64` in any case, parameters with or without quotes and blanks,
 * data in base64 or percent-encoded. Also decodes bare base64. Returns undefined for any other text.
 */
export function bytesOfText (text: string): Buffer | undefined {
  const body = text.trim()
  if (!/^data:/i.test(body)) return fromBase64(body)
  const comma = commaOf(body)
  if (comma === -1) return undefined
  const data = body.slice(comma + 1)
  return /;[\t ]*base64[\t ]*$/i.test(body.slice(0, comma))
    ? fromBase64(unescaped(data)?.toString('latin1').trim() ?? '!')
    : unescaped(data)
}

/** Index of the comma that ends the media type; a comma in closed quotes belongs to a parameter. */
function commaOf (url: string): number {
  let isQuoted = false
  for (let at = 'data:'.length; at < url.length; at++) {
    if (url[at] === '"') isQuoted = !isQuoted
    if (url[at] === ',' && !isQuoted) return at
  }
  return url.indexOf(',')
}

/** Decodes percent-encoding; undefined if a character is above 255 or a `%` is not followed by two hex digits. */
function unescaped (text: string): Buffer | undefined {
  if (!/^[\0-\xff]*$/.test(text) || /%(?![0-9a-f]{2})/i.test(text)) return undefined
  if (!text.includes('%')) return Buffer.from(text, 'latin1')
  return Buffer.from(
    text.replaceAll(/%([0-9a-f]{2})/gi, (_, digits: string) => String.fromCharCode(parseInt(digits, 16))),
    'latin1'
  )
}
