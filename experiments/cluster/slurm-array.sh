#!/bin/bash
#SBATCH --job-name=reprise
#SBATCH --array=0-15
#SBATCH --cpus-per-task=8
#SBATCH --mem=8G
#SBATCH --time=04:00:00
#SBATCH --requeue
#SBATCH --open-mode=append
#SBATCH --output=slurm-%A_%a.out
#
# Runs experiments as one shard per array task. From the clone:
#
#   sbatch experiments/cluster/slurm-array.sh experiments/start
#
# RUNS      folder of run folders that all nodes see       (default: runs)
# LOCAL     folder of the node's own, such as /tmp: runs are written there and go to RUNS when the
#           task is done, for file systems that dislike many small files      (default: not used)
# SHARDS    number of shards; give it when only some tasks are submitted again,
#           as in SHARDS=16 sbatch --array=3,7 …           (default: the tasks of this array)
# REPRISE   the command                        (default: node src/cli/launch.mjs, in the clone)
#
# What is in RUNS is skipped: submit the same array again after a time limit or a failure.
set -euo pipefail

shard="$SLURM_ARRAY_TASK_ID/${SHARDS:-$SLURM_ARRAY_TASK_COUNT}"
runs=${RUNS:-runs}
read -ra reprise <<<"${REPRISE:-node src/cli/launch.mjs}"
sweep=("${reprise[@]}" run "$@" --shard "$shard" --workers "${SLURM_CPUS_PER_TASK:-1}")

if [ -z "${LOCAL:-}" ]; then
  exec "${sweep[@]}" --out "$runs"
fi

mkdir -p "$runs"
runs=$(cd "$runs" && pwd)
local=$(mktemp -d "$LOCAL/reprise-XXXXXX")
trap 'rm -rf "$local"' EXIT
# What is there already is seen through links, so that it is skipped here too.
find "$runs" -mindepth 1 -maxdepth 1 -type d -name '[0-9a-f]*' -exec ln -s -t "$local" {} +
failed=0
"${sweep[@]}" --out "$local" || failed=$?
"${reprise[@]}" merge "$local" -o "$runs"
exit "$failed"
