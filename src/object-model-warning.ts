/** What the server and the commands say when YOLOX-nano is missing or damaged. */
export function objectModelWarning (reason: string, objectsName: string): string {
  return `YOLOX-nano is not here (${reason}), so objects are found by ${objectsName}, which is slower and misses more; get it with: npm run models`
}
