/** Which members of staff look at which session, on all gateways. Nothing of it is stored. */
import type { About, Bus, FeedMessage, Viewer } from '../feed/bus.ts'

export interface Viewers {
  /** The viewer looks at that session and at no other; undefined: at none. */
  look (viewer: Viewer, about: About | undefined): void
  /** Those who look at a session now. */
  of (sessionId: string): readonly Viewer[]
  /** Takes over what another gateway says of its viewers. */
  onMessage (message: Extract<FeedMessage, { kind: 'looking' }>, gatewayId: string): void
  /** The viewers of a gateway that was lost look at nothing. */
  onPeerLost (gatewayId: string): void
  /** Sends the viewers of this gateway, of the sessions that `wants` includes. */
  sendSnapshots (send: (message: FeedMessage) => void, wants: (about: About) => boolean): void
}

interface Looking {
  readonly viewer: Viewer
  readonly about: About
  /** Undefined: a socket of this gateway. */
  readonly gatewayId: string | undefined
}

/** `bus` reaches the monitors of all gateways, `ownBus` those of this one. */
export function createViewers ({ bus, ownBus }: {
  readonly bus: Pick<Bus, 'publish'>
  readonly ownBus: Pick<Bus, 'publish'>
}): Viewers {
  /** By the viewer's id. */
  const all = new Map<string, Looking>()
  const messageOf = ({ viewer, about }: Looking, looking: boolean): FeedMessage =>
    ({ ...about, kind: 'looking', viewer, looking })

  return {
    look (viewer, about) {
      const before = all.get(viewer.id)
      if (before !== undefined && before.about.sessionId !== about?.sessionId) {
        all.delete(viewer.id)
        bus.publish(messageOf(before, false))
      }
      if (about === undefined || before?.about.sessionId === about.sessionId) return
      const now: Looking = { viewer, about, gatewayId: undefined }
      all.set(viewer.id, now)
      bus.publish(messageOf(now, true))
    },
    of: sessionId => [...all.values()].filter(({ about }) => about.sessionId === sessionId).map(({ viewer }) => viewer),
    onMessage ({ sessionId, examId, ownerId = null, viewer, looking }, gatewayId) {
      const about: About = { sessionId, examId, ownerId }
      if (looking) all.set(viewer.id, { viewer, about, gatewayId })
      else if (all.get(viewer.id)?.about.sessionId === sessionId) all.delete(viewer.id)
    },
    onPeerLost (gatewayId) {
      for (const [id, looking] of all) {
        if (looking.gatewayId !== gatewayId) continue
        all.delete(id)
        ownBus.publish(messageOf(looking, false))
      }
    },
    sendSnapshots (send, wants) {
      for (const looking of all.values()) {
        if (looking.gatewayId === undefined && wants(looking.about)) send(messageOf(looking, true))
      }
    }
  }
}
