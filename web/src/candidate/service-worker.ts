/**
 * Registers the service worker, which keeps the exam's pages ready for a lost line. Only candidates need it. It loads
 * after the page, so that it takes no line from the page itself.
 */
export function registerServiceWorker (): void {
  const workers = navigator.serviceWorker as ServiceWorkerContainer | undefined
  if (!import.meta.env.PROD || workers === undefined) return
  workers.register('/sw.js').catch(() => {})
}
