import { and, desc, eq, inArray } from 'drizzle-orm'
import type { Device, Devices, NewDevice } from './account-types.ts'
import type { Dialect, Queries } from './dialect.ts'
import { newId } from './id.ts'

/** The queries on devices that have logged in. They are stored with a login, see `refresh-tokens.ts`. */
export function createDevices (dialect: Dialect): Devices {
  const { devices } = dialect.schema
  return {
    find: async (userId, tokenHashes) =>
      tokenHashes.length === 0
        ? undefined
        : await dialect.read(
          async db =>
            (
              await db
                .select()
                .from(devices)
                .where(and(inArray(devices.tokenHash, [...tokenHashes]), eq(devices.userId, userId)))
                .limit(1)
            )[0]
        ),
    touch: async (id, atMs, label) => {
      const values = { usedAtMs: atMs, ...(typeof label === 'string' && { label }) }
      await dialect.write(async db => await db.update(devices).set(values).where(eq(devices.id, id)))
    }
  }
}

/** Adds a device, and forgets those that were not used for the longest time beyond `keepMax`. */
export async function addDevice (
  tx: Queries,
  { devices }: Dialect['schema'],
  userId: string,
  { tokenHash, label = null, atMs, keepMax }: NewDevice
): Promise<Device> {
  const device = { id: newId(), userId, tokenHash, label, createdAtMs: Math.trunc(atMs), usedAtMs: Math.trunc(atMs) }
  await tx.insert(devices).values(device)
  const rows = await tx.select({ id: devices.id }).from(devices).where(eq(devices.userId, userId))
    .orderBy(desc(devices.usedAtMs), desc(devices.id))
  const surplus = rows.slice(keepMax).map(({ id }) => id)
  if (surplus.length > 0) await tx.delete(devices).where(inArray(devices.id, surplus))
  return device
}
