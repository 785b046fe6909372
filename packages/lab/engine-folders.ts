/**
 * Where an engine writes whatever it is configured to: its key, its files of load balancers. Each host has its own, on
 * its disk; on the machine they are mount points only.
 */
export const ENGINE_FOLDERS = ['/etc/docker', '/var/lib/docker'] as const
