#!/usr/bin/env bash
# Checks and measures WebGPU on this machine, beside PyTorch where python3 has it:
#   run.sh [--only suite|bench|kernels] [--networks cnn-gap,...] [--batch 32] [--rounds 5] [--no-cuda]
# SPECTRALOOM_WEBGPU_ADAPTER picks an adapter by a part of its name, VK_DRIVER_FILES a Vulkan driver.
set -uo pipefail
here="$(cd "$(dirname "$0")" && pwd)"
only="" networks="cnn-gap,cnn-dense,vae,ednn" batch=32 rounds=5 cuda="--cuda"
while [ $# -gt 0 ]; do
  case "$1" in
    --only) only="$2"; shift 2 ;;
    --networks) networks="$2"; shift 2 ;;
    --batch) batch="$2"; shift 2 ;;
    --rounds) rounds="$2"; shift 2 ;;
    --no-cuda) cuda=""; shift ;;
    *) echo "run.sh: unknown option $1 (see the head of this file)" >&2; exit 2 ;;
  esac
done
# The loader that came along, where the machine has none of its own.
if ! ldconfig -p 2>/dev/null | grep -q 'libvulkan\.so\.1'; then
  export LD_LIBRARY_PATH="$here/lib${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}"
fi
# NVIDIA's driver as containers mount it, where no driver is found in the usual places.
icd=/usr/local/nvidia/share/vulkan/icd.d/nvidia_icd.json
if [ -z "${VK_DRIVER_FILES:-}" ] && [ -f "$icd" ] && ! ls /usr/share/vulkan/icd.d/nvidia* /etc/vulkan/icd.d/nvidia* >/dev/null 2>&1; then
  export VK_DRIVER_FILES="$icd"
fi
node="$here/node"; [ -x "$node" ] && "$node" --version >/dev/null 2>&1 || node=node
python="${SPECTRALOOM_TORCH_PYTHON:-python3}"
rc=0
if [ -z "$only" ] || [ "$only" = suite ]; then
  echo "== device suite"; "$node" "$here/bench/suite.mjs" || rc=1
fi
if [ -z "$only" ] || [ "$only" = bench ]; then
  echo "== seconds a training step, batch $batch"
  SPECTRALOOM_TORCH_PYTHON="$python" "$node" "$here/bench/training-step-pytorch.bench.mjs" \
    --networks "$networks" --batch "$batch" --rounds "$rounds" --backends webgpu $cuda || rc=1
fi
if [ -z "$only" ] || [ "$only" = kernels ]; then
  echo "== where a step's time goes, kernel by kernel"
  for network in ${networks//,/ }; do
    "$node" "$here/bench/kernels.mjs" webgpu "$network" "$batch" || rc=1
    [ -z "$cuda" ] || "$python" "$here/bench/training-step/torch_worker.py" "$network" "$batch" --cuda --profile </dev/null
  done
fi
exit $rc
