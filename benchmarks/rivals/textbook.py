"""The equations and the schemes as one would write them down, for any array library."""

from benchmarks.rivals.arguments import DT, EPSILON, TAU


def derivatives(x, y, i_in):
    return (x - x * x * x / 3 - y) / (EPSILON * TAU), (x + i_in) / TAU


def euler(x, y, i_in):
    fx, fy = derivatives(x, y, i_in)
    return x + DT * fx, y + DT * fy


def rk4(x, y, i_in):
    fx1, fy1 = derivatives(x, y, i_in)
    fx2, fy2 = derivatives(x + DT / 2 * fx1, y + DT / 2 * fy1, i_in)
    fx3, fy3 = derivatives(x + DT / 2 * fx2, y + DT / 2 * fy2, i_in)
    fx4, fy4 = derivatives(x + DT * fx3, y + DT * fy3, i_in)
    return x + DT / 6 * (fx1 + 2 * fx2 + 2 * fx3 + fx4), y + DT / 6 * (fy1 + 2 * fy2 + 2 * fy3 + fy4)


SCHEMES = {"euler": euler, "rk4": rk4}
