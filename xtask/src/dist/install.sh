#!/bin/sh
# Puts the plugins, presets and programs of Latent Works where hosts and the shell look for them.
#
#   sh install.sh              for you alone: below your home folder
#   sh install.sh --system     for everybody on this machine (as root)
#   sh install.sh --uninstall  takes away what it has put there (with --system: what --system has put there)
#
# Your own presets, models and trainings are never touched: they are in ~/.local/share/latent-works.
set -eu

here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
who=user
what=install
for argument in "$@"; do
    case $argument in
        --user) who=user ;;
        --system) who=system ;;
        --uninstall) what=uninstall ;;
        --help | -h) sed -n '2,8s/^# \{0,1\}//p' "$0"; exit 0 ;;
        *) echo "install.sh: --user, --system, --uninstall or --help was expected, but found $argument. Nothing was changed." >&2; exit 2 ;;
    esac
done

if [ "$who" = system ]; then
    clap=/usr/lib/clap
    vst3=/usr/local/lib/vst3
    presets="/usr/local/share/vst3/presets/Latent Works"
    programs=/usr/local/bin
else
    : "${HOME:?the home folder is not known; set HOME}"
    clap=$HOME/.clap
    vst3=$HOME/.vst3
    presets="$HOME/.vst3/presets/Latent Works"
    programs=$HOME/.local/bin
fi

# Copies a file or folder into a folder, beside what is there, and puts it in the place of an older one only when it is whole.
put() {
    name=$(basename -- "$1")
    mkdir -p -- "$2"
    rm -rf -- "$2/.$name.part"
    cp -R -- "$1" "$2/.$name.part"
    rm -rf -- "$2/${name:?}"
    mv -- "$2/.$name.part" "$2/$name"
}

# Does `$1 FILE FOLDER` for everything in the archive and the folder that it belongs to.
each() {
    for file in "$here"/plugins/*.clap; do "$1" "$file" "$clap"; done
    for file in "$here"/plugins/*.vst3; do "$1" "$file" "$vst3"; done
    # One by one: the user's own presets lie in the same folders.
    for folder in "$here"/presets/*; do
        for file in "$folder"/*; do "$1" "$file" "$presets/$(basename -- "$folder")"; done
    done
    for file in "$here"/programs/*; do "$1" "$file" "$programs"; done
}

take() {
    rm -rf -- "$2/$(basename -- "$1")"
}

if [ "$what" = uninstall ]; then
    each take
    for folder in "$here"/presets/*; do
        rmdir -- "$presets/$(basename -- "$folder")" 2>/dev/null || true
    done
    rmdir -- "$presets" 2>/dev/null || true
    echo "The plugins, presets and programs are gone. Your own presets and models are still in ~/.local/share/latent-works."
    exit 0
fi

each put
echo "plugins:  $clap and $vst3"
echo "presets:  $presets"
echo "programs: $programs"
case ":${PATH:-}:" in
    *":$programs:"*) ;;
    *) echo "$programs is not in PATH; add it to call nfx-train by its name." ;;
esac
echo "Have your host look for new plugins, then load ANNe, CANNe or Effect Profiler."
