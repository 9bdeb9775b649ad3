// Node writes what `--cpu-prof` has sampled when a process ends by itself, and a signal is not that.
process.once('SIGINT', () => process.exit());
