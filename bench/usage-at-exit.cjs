// Preloaded into both commands of a pair: writes the CPU time and peak memory of this process when it ends.
process.on('exit', () => {
  const { user, system } = process.cpuUsage()
  const { maxRSS } = process.resourceUsage()
  require('node:fs').writeFileSync(
    process.env.USAGE_FILE,
    JSON.stringify({ cpu: (user + system) / 1000, peakMiB: maxRSS / 1024 }),
  )
})
