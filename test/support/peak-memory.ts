/** Loaded before a program with `--import`: says at its end, on stderr, how much memory it had at most. */
process.on('exit', () => {
  process.stderr.write(`peak memory: ${process.resourceUsage().maxRSS * 1024} bytes\n`);
});
