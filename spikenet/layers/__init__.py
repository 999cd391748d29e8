"""Neurons as Keras sees them: steps and gradients. Loads TensorFlow, 3 s, with the module that needs it."""
