# For a systemd that is the first process below $root: control groups of its own, and none of this machine's services.
# A /dev of its own: systemd makes links in there.
mount -t tmpfs -o mode=755 tmpfs "$root/dev"
mkdir "$root/dev/pts" "$root/dev/shm"
mount -t devpts -o newinstance,ptmxmode=0666 devpts "$root/dev/pts"
ln -s pts/ptmx "$root/dev/ptmx"
for each in null zero full random urandom tty; do
  touch "$root/dev/$each"
  mount --bind "/dev/$each" "$root/dev/$each"
done
mount -t sysfs -o ro sysfs "$root/sys"
mount -t cgroup2 cgroup2 "$root/sys/fs/cgroup"
mkdir -p "$root/var/log/journal" "$root/var/lib" "$root/var/tmp" "$root/var/cache"
hostname > "$root/etc/hostname"
units=$root/etc/systemd/system
rm -rf "$units"/*.wants "$units"/*.requires
printf '%s\n' '[Unit]' Requires=basic.target After=basic.target AllowIsolate=yes > "$units/sandbox.target"
# What these do is for a machine with hardware, or was done above.
for each in systemd-udevd.service systemd-udev-trigger.service systemd-udevd-kernel.socket systemd-udevd-control.socket \
  systemd-modules-load.service systemd-sysctl.service systemd-remount-fs.service systemd-random-seed.service \
  systemd-tmpfiles-setup-dev.service systemd-binfmt.service systemd-machine-id-commit.service systemd-pstore.service \
  systemd-update-utmp.service systemd-logind.service kmod-static-nodes.service tmp.mount dev-hugepages.mount dev-mqueue.mount \
  sys-kernel-debug.mount sys-kernel-tracing.mount sys-kernel-config.mount sys-fs-fuse-connections.mount \
  proc-sys-fs-binfmt_misc.automount; do
  ln -sf /dev/null "$units/$each"
done
