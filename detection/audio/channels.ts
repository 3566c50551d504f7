import { joined } from './concat.ts'
import { powerOfDb } from './level.ts'

/** Samples of each channel, all of one length; at least one channel. */
export type Channels = readonly Float32Array[]

/** Channels that are listened to by themselves: those of 7.1. Each costs as much as a sound of its own. */
const CHANNELS_HEARD_MAX = 8

/**
 * Channels whose difference is this far below themselves are one sound: what a lossy codec leaves of equal channels.
 */
const SAME_BELOW_DB = -40

/**
 * At most `max` channels: where there are more, those that share a place (number modulo `max`) take turns in it, the
 * one with the most energy in this piece. They are not added up, for they might cancel out.
 */
export function foldChannels (channels: Channels, max = CHANNELS_HEARD_MAX): Channels {
  if (channels.length <= max) return channels
  return Array.from({ length: max }, (_, place) => channels
    .filter((_, index) => index % max === place)
    .reduce((loudest, samples) => energyOf(samples) > energyOf(loudest) ? samples : loudest))
}

/** `count` channels: those that are missing repeat the others. */
export function widenChannels (channels: Channels, count: number): Channels {
  return Array.from({ length: count }, (_, index) => channels[index % channels.length]!)
}

/** The first channel alone where all are the same sound, else all. */
export function distinctChannels (channels: Channels): Channels {
  const [first, ...others] = channels
  const isSame = others.every(
    samples => differenceOf(first!, samples) <= powerOfDb(SAME_BELOW_DB) * Math.max(energyOf(first!), energyOf(samples))
  )
  return isSame ? [first!] : channels
}

/** The channels of two pieces, one after the other; the first may be of no channel at all. */
export function appendChannels (before: Channels, after: Channels): Channels {
  if (before.length === 0) return after
  const count = Math.max(before.length, after.length)
  const ends = widenChannels(after, count)
  return widenChannels(before, count).map((samples, index) => joined([samples, ends[index]!]))
}

/** The mean of the channels. */
export function mixChannels (channels: Channels): Float32Array {
  if (channels.length === 1) return channels[0]!
  return channels[0]!.map((_, index) => channels.reduce((sum, samples) => sum + samples[index]!, 0) / channels.length)
}

function energyOf (samples: Float32Array): number {
  let sum = 0
  for (const sample of samples) sum += sample * sample
  return sum
}

function differenceOf (a: Float32Array, b: Float32Array): number {
  let sum = 0
  for (let index = 0; index < a.length; index++) sum += (a[index]! - b[index]!) ** 2
  return sum
}
