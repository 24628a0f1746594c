# Makes a machine of its own out of this one, and becomes its first process. Run by `unshare`, in namespaces of its own.
# Everything is read-only, except for folders in memory: nothing that a command does there is left or seen outside.
# Should a step fail, that process is never reached (set -e).
#   enter.sh FOLDER REPOSITORY GIVEN INIT…: an empty folder to mount on; what is seen read-only besides, GIVEN as
#   /var/given; and the command of the first process, systemd's.
set -e
folder=$1 repository=$2 given=$3
shift 3
mount --make-rprivate /
mount -t tmpfs -o mode=755 tmpfs "$folder"
root=$folder/root
mkdir "$root" "$folder/etc"
cp -a /etc/. "$folder/etc"
mount --bind / "$root"
mount -o remount,bind,ro "$root"
for each in run srv var usr/local home root; do mount -t tmpfs -o mode=755 tmpfs "$root/$each"; done
mount -t tmpfs -o mode=1777 tmpfs "$root/tmp"
mount --bind "$folder/etc" "$root/etc"
mount -t proc proc "$root/proc"
mkdir -p "$root$repository" "$root/var/given"
for each in "$repository $root$repository" "$given $root/var/given"; do
  mount --bind ${each% *} ${each#* }
  mount -o remount,bind,ro ${each#* }
done
ip link set lo up
hostname shop
. "$(dirname "$0")/prepare-systemd.sh"
cd /
exec chroot "$root" "$@"
