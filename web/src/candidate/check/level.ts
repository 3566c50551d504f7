/** How loud the microphone is, for a bar on the page. */
export interface Level {
  /** 0 for silence, 100 for as loud as the microphone can. */
  percent (): number
  close (): void
}

const DB_MIN = -60

/** Must follow a click. Throws what `getUserMedia` throws. */
export async function openLevel (deviceId: string | undefined): Promise<Level> {
  const stream = await navigator.mediaDevices.getUserMedia({
    audio: {
      noiseSuppression: false,
      autoGainControl: false,
      ...(deviceId !== undefined && { deviceId: { ideal: deviceId } })
    }
  })
  const context = new AudioContext()
  const analyser = context.createAnalyser()
  analyser.fftSize = 2048
  context.createMediaStreamSource(stream).connect(analyser)
  context.resume().catch(() => {})
  const samples = new Float32Array(analyser.fftSize)
  return {
    percent () {
      analyser.getFloatTimeDomainData(samples)
      const mean = samples.reduce((sum, sample) => sum + sample * sample, 0) / samples.length
      const decibels = 10 * Math.log10(Math.max(mean, 1e-10))
      return Math.max(0, Math.min(100, 100 * (decibels - DB_MIN) / -DB_MIN))
    },
    close () {
      for (const track of stream.getTracks()) track.stop()
      context.close().catch(() => {})
    }
  }
}
