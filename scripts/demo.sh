#!/usr/bin/env bash
# From nothing to an anomaly map: sets up, makes a synthetic DICOM study, and runs the brain MRI bundle on it.
set -euo pipefail
source "$(dirname "$0")/setup_env.sh"
python scripts/build_viewer.py
out=demo_output
rm -rf "$out"

echo "1. Making a synthetic head MRI (a phantom, not a patient) as a DICOM study in $out/head_mri_study"
mkdir -p "$out"
# Of seeds 0 to 11, the small model finds the lesion in six and nothing in the others; this is one of the six.
python scripts/make_phantom_study.py "$out/head_mri_study" --seed 7 --truth "$out/truth.json"

echo "2. Running the brain MRI bundle on it"
command=(python -W ignore -m monai.bundle run
    --config_file bundles/brain_mri_anomaly_segmentation/configs/inference.json
    --dataset_dir "$out/head_mri_study" --output_dir "$out/maps")
echo "   ${command[*]}"
"${command[@]}"

echo "3. Comparing what it found with where the lesion is"
python scripts/compare_finding.py "$out/truth.json" "$out/maps"

echo "4. The results:"
ls -1 "$out"/maps/*
echo "Open the .html in a browser, the .mrb with 3D Slicer (docs/slicer.md), or the preview PNG."
