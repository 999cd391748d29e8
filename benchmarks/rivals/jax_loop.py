"""JAX on the CPU: a jitted loop over the steps. XLA decides on its threads; one thread is one core."""

import os
import time

from benchmarks.rivals.arguments import answer, arguments
from benchmarks.rivals.textbook import SCHEMES

N, STEPS = 32768, 10_000


def main() -> None:
    asked = arguments()
    os.sched_setaffinity(0, set(sorted(os.sched_getaffinity(0))[: asked.threads]))
    os.environ["JAX_PLATFORMS"] = "cpu"
    import jax  # noqa: PLC0415 (after it has been told where to run)
    import jax.numpy as jnp  # noqa: PLC0415

    jax.config.update("jax_enable_x64", asked.precision == "float64")
    step = SCHEMES[asked.scheme]
    i_in = jnp.linspace(-0.9, 0.9, N, dtype=asked.dtype)

    @jax.jit
    def run(x, y):
        return jax.lax.fori_loop(0, STEPS, lambda _, state: step(*state, i_in), (x, y))

    start = jnp.full(N, -1, asked.dtype), jnp.full(N, -2 / 3, asked.dtype)
    run(*start)[0].block_until_ready()  # compiles
    started = time.perf_counter()
    x, _ = run(*start)
    x.block_until_ready()
    answer(N * STEPS, time.perf_counter() - started, x)


if __name__ == "__main__":
    main()
