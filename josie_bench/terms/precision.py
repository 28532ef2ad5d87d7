"""Precisions an engine may be asked for, by the names used everywhere."""

from __future__ import annotations

PRECISIONS = {
    "fp32": "weights and activations in 32-bit floating point",
    "fp16": "weights and activations in 16-bit floating point, norms and softmax in 32-bit",
    "bf16": "weights and activations in bfloat16, norms and softmax in 32-bit",
    "int8": "weights of matrix products in 8-bit integers",
    "int8_qdq": "matrix products in 8-bit integers, ranges of activations fixed beforehand by a calibration set (Q/DQ)",
    "fp8": "matrix products in 8-bit floating point (E4M3), ranges of activations fixed beforehand",
    "fp8_qdq": "as fp8, decoded to 32-bit before each product: its numbers where no hardware multiplies them",
}

# Bytes of a number that is learned, and of one that is carried between steps: only what is learned goes to 8 bits.
WEIGHT_BYTES = {"fp32": 4, "fp16": 2, "bf16": 2, "int8": 1, "int8_qdq": 1, "fp8": 1, "fp8_qdq": 1}
STATE_BYTES = {"fp32": 4, "fp16": 2, "bf16": 2, "int8": 2, "int8_qdq": 2, "fp8": 2, "fp8_qdq": 2}
