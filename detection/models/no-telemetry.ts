/**
 * Turns off the engine's usage reports: since 1.30 it sends them to its makers, also on Linux, unless this variable is
 * set before its library is loaded. Worker threads have a copy of the environment, so the thread that starts them sets
 * it too.
 */
process.env['ORT_DISABLE_TELEMETRY'] = '1'
