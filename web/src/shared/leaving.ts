/**
 * A page may hold the back button. A browser calls the listeners of a window in the order in which they were added, so
 * the frame imports this file: its listener is there before the router's.
 */

/** True: the reader stays here, and the router does not hear of it. */
type Holds = () => boolean

let holds: Holds | undefined

addEventListener('popstate', event => { if (holds?.() === true) event.stopImmediatePropagation() })

/** Asks `next` at each press of the back button. Returns how to end that. */
export function holdBack (next: Holds): () => void {
  holds = next
  return () => { if (holds === next) holds = undefined }
}
