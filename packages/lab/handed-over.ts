/**
 * Whether a process is a deployment that went on in the background after Ctrl-C, on an engine in this folder. It outlives
 * the terminal, and without its engine it could only wait. `commandLine` is what the kernel shows in /proc/PID/cmdline.
 */
export const isHandedOver = (commandLine: string, folder: string): boolean => {
  const words = commandLine.split('\0')
  return words.includes('--handed-over') && words.some((word) => word.startsWith(`unix://${folder}/`))
}
