"""Wilson and Cowan's two populations of neurons, which excite and inhibit each other."""

from spikenet.neurons.model import NeuronModel

WilsonCowan = NeuronModel(
    name="wilson_cowan",
    equations="""
        dexc/dt = (-exc + (k_exc - exc)*s_exc) / tau_exc : 1
        dinh/dt = (-inh + (k_inh - inh)*s_inh) / tau_inh : 1
        s_exc = 1/(1 + exp(-slope_exc*(input_exc - theta_exc))) - 1/(1 + exp(slope_exc*theta_exc)) : 1
        s_inh = 1/(1 + exp(-slope_inh*(input_inh - theta_inh))) - 1/(1 + exp(slope_inh*theta_inh)) : 1
        k_exc = 1 - 1/(1 + exp(slope_exc*theta_exc)) : 1
        k_inh = 1 - 1/(1 + exp(slope_inh*theta_inh)) : 1
        input_exc = c_1*exc - c_2*inh + p : 1
        input_inh = c_3*exc - c_4*inh + q : 1
        p : 1
        q : 1
    """,
    outputs=("exc", "inh"),
    ports=("p", "q"),
    parameters={
        "tau_exc": "8 ms",
        "tau_inh": "8 ms",
        "c_1": 16.0,
        "c_2": 12.0,
        "c_3": 15.0,
        "c_4": 3.0,
        "slope_exc": 1.3,
        "slope_inh": 2.0,
        "theta_exc": 4.0,
        "theta_inh": 3.7,
    },
    initial={"exc": 0.0, "inh": 0.0},
    method="rk4",
    dt=1e-4,
    sample_dt=1e-3,
    reference="Wilson and Cowan (1972), Biophys. J. 12:1; values of its figure 11",
    description="""
        Wilson and Cowan's model: the activities of an excitatory and an inhibitory population of neurons.

        Without inputs both rest at zero. With the values here, and p = 1.25 and q = 0 as in figure 11 of the paper,
        they oscillate. Activities, inputs and couplings have no unit; k is the largest value of the sigmoid s, and the
        refractory factor r of the paper is 1.
    """,
    symbols={
        "tau_exc": "time constant of the excitatory population",
        "tau_inh": "time constant of the inhibitory population",
        "c_1": "coupling, excitatory to excitatory",
        "c_2": "coupling, inhibitory to excitatory",
        "c_3": "coupling, excitatory to inhibitory",
        "c_4": "coupling, inhibitory to inhibitory",
        "slope_exc": "steepness of the excitatory response",
        "slope_inh": "steepness of the inhibitory response",
        "theta_exc": "input of the steepest excitatory response",
        "theta_inh": "input of the steepest inhibitory response",
        "exc": "activity of the excitatory population",
        "inh": "activity of the inhibitory population",
        "p": "input to the excitatory population",
        "q": "input to the inhibitory population",
    },
)
