/** A picture as a form. The document types its field as text, as the form's JSON twin has it. */
export function formOf (field: string, picture: Blob) {
  const form = new FormData()
  form.set(field, picture, `${field}.jpg`)
  return { body: form as unknown as { image?: string }, bodySerializer: (body: unknown) => body as FormData }
}
