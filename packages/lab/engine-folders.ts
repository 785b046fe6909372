/**
 * Where an engine writes whatever it is configured to: its key, its files of load balancers, its containerd's empty
 * folders of plugins. Each host has its own, on its disk; on the machine they are mount points only.
 */
export const ENGINE_FOLDERS = ['/etc/docker', '/var/lib/docker', '/opt/containerd'] as const
