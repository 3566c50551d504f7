/** The path in `file:a.db`, `file:/a.db` and `file:///a.db`. */
export function pathOf (url: string): string {
  return decodeURIComponent(url.slice('file:'.length).replace(/[?#].*$/, '').replace(/^\/\/[^/]*/, ''))
}
