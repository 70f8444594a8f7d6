"""The small CNN of a published gender classifier: three convolutions, no padding, each pooled by three."""

import keras

CHANNELS = (32, 64, 128)
SMALLEST = 53  # pixels a side: less than that, and nothing is left to pool after the third convolution


def convolve(face: keras.KerasTensor) -> keras.KerasTensor:
    """Float `[n, height, width, 3]` -> `[n, h, w, 128]`; 100 x 80 pixels become 2 x 2, and 53 x 53 become 1 x 1."""
    x = face
    for number, channels in enumerate(CHANNELS, start=1):
        x = keras.layers.Conv2D(channels, 3, activation="relu", name=f"conv{number}_conv")(x)
        x = keras.layers.MaxPooling2D(3, strides=3, name=f"conv{number}_pool")(x)
    return x
