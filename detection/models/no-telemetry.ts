/**
 * Turns off the usage reports that onnxruntime has built in since 1.30, also on Linux. The engine reads the variable
 * when its library loads. Worker threads copy the environment, so the thread that starts them sets it too.
 */
process.env['ORT_DISABLE_TELEMETRY'] = '1'
