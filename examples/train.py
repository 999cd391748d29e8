"""A network that learns to read digits with leaky integrate-and-fire neurons in it, by their spike counts."""

import keras
import matplotlib.pyplot as plt

import spikenet as sn

keras.utils.set_random_seed(1)
digits = sn.load_dataset("mnist", "mini")  # bundled images of handwritten digits
neurons = sn.Population(
    sn.LIF,
    drive=sn.linear_drive(scale=0.1e-9, offset=0.25e-9, low=0.0, high=1e-9),  # ampere
    duration="50 ms",
    output="count",
)
model = keras.Sequential(
    [
        keras.Input((28, 28)),
        keras.layers.Rescaling(1 / 255),
        keras.layers.Flatten(),
        keras.layers.Dense(100),
        neurons,
        keras.layers.Rescaling(0.1),  # some ten spikes at most
        keras.layers.Dense(10, "softmax"),
    ]
)
model.compile(keras.optimizers.Adam(0.003), "sparse_categorical_crossentropy", metrics=["accuracy"])
test = (digits.x_test, digits.y_test)
history = model.fit(digits.x_train, digits.y_train, epochs=5, batch_size=128, validation_data=test, verbose=2)

figure, axes = plt.subplots(layout="constrained")
for name in ("accuracy", "val_accuracy"):
    axes.plot(range(1, 6), history.history[name], label={"accuracy": "training"}.get(name, "test"))
axes.set(xlabel="epoch", ylabel="share of images recognised")
axes.legend()
figure.savefig("train.png")
print(f"{history.history['val_accuracy'][-1]:.1%} of the test images")
