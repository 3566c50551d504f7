/* A gateway in a process of its own, on the database and the Redis named in the arguments. Says its address. */
import { openGateway } from './gateways.ts'

const [, , databaseUrl, redisUrl] = process.argv
const { url } = await openGateway({ databaseUrl: databaseUrl!, redisUrl: redisUrl! })
console.log(url)
