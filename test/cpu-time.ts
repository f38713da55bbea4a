/** CPU milliseconds of this process: what other work on the machine takes is not counted against the code that is tried. */
export function cpuTime(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}
