#!/usr/bin/env bash
# Makes the Python environment .peers with what this project is compared with: Keras on TensorFlow, PyTorch, ONNX, ONNX Runtime,
# scikit-learn. Takes at most 90 seconds, says what cannot be had, and leaves nothing behind where Keras is not among it; the tests
# that need a peer are then skipped. Set CNN_PEERS_PYTHON to a Python that has them to go without it.
set -euo pipefail
cd "$(dirname "$0")/.."

folder=.peers
limit=90
python=${PYTHON:-python3}

if [[ -n ${CNN_PEERS_PYTHON:-} ]]; then
  echo "peers: $CNN_PEERS_PYTHON is used"
  exit
fi
if [[ -x $folder/bin/python ]]; then
  echo "peers: $folder is there already"
  exit
fi
if ! "$python" -m venv "$folder" 2>/dev/null; then
  rm -rf "$folder"
  echo "peers: no Python with venv here"
  exit
fi

# No retries and short time-outs: a machine without an index shall find that out at once.
pip=("$folder/bin/python" -m pip install --quiet --disable-pip-version-check --retries 0 --timeout 5)
# pip's configuration may name folders of wheels, or indexes on the disk; taken as folders they spare a try of each index elsewhere.
for url in $("$python" -m pip config get global.extra-index-url 2>/dev/null || true); do
  [[ $url == file://* ]] && pip+=(--no-index --find-links "${url#file://}/../files")
done
for links in $("$python" -m pip config get global.find-links 2>/dev/null || true); do
  pip+=(--no-index --find-links "$links")
done

# install NAME PACKAGE...: within what is left of the time.
install() {
  local name=$1 left=$((limit - SECONDS))
  shift
  if ((left > 3)) && timeout "$left" "${pip[@]}" "$@" >/dev/null 2>&1; then
    echo "peers: $name"
  else
    echo "peers: no $name to be had here"
    return 1
  fi
}

if ! install "Keras on TensorFlow" tensorflow-cpu==2.21.0 keras==3.15.1 h5py safetensors pillow; then
  rm -rf "$folder"
  exit
fi
install PyTorch torch==2.13.0 || true
install "ONNX and ONNX Runtime" onnx onnxruntime onnxscript || true
install scikit-learn scikit-learn || true
install TensorBoard tensorboard || true
