"""The squid axon of Hodgkin and Huxley, in today's sign convention."""

from spikenet.neurons.model import NeuronModel

HodgkinHuxley = NeuronModel(
    name="hodgkin_huxley",
    equations="""
        dv/dt = (g_leak*(e_leak - v) + g_na*m**3*h*(e_na - v) + g_k*n**4*(e_k - v) + i_in) / capacitance : volt
        dm/dt = alpha_m*(1 - m) - beta_m*m : 1
        dh/dt = alpha_h*(1 - h) - beta_h*h : 1
        dn/dt = alpha_n*(1 - n) - beta_n*n : 1
        alpha_m = rate / exprel(-(v + v_m)/v_scale) : Hz
        beta_m = 4*rate * exp(-(v + v_65)/(1.8*v_scale)) : Hz
        alpha_h = 0.07*rate * exp(-(v + v_65)/(2*v_scale)) : Hz
        beta_h = rate / (1 + exp(-(v + v_h)/v_scale)) : Hz
        alpha_n = 0.1*rate / exprel(-(v + v_n)/v_scale) : Hz
        beta_n = 0.125*rate * exp(-(v + v_65)/(8*v_scale)) : Hz
        i_in : amp/meter**2
    """,
    outputs=("v", "m", "h", "n"),
    threshold="v > v_threshold",
    refractory="v > v_threshold",  # a spike is an upward crossing; there is no reset
    parameters={
        "capacitance": "1 uF/cm**2",
        "g_na": "120 mS/cm**2",
        "g_k": "36 mS/cm**2",
        "g_leak": "0.3 mS/cm**2",
        "e_na": "50 mV",
        "e_k": "-77 mV",
        "e_leak": "-54.387 mV",
        "rate": "1000 Hz",
        "v_scale": "10 mV",
        "v_m": "40 mV",
        "v_h": "35 mV",
        "v_n": "55 mV",
        "v_65": "65 mV",
        "v_threshold": "-20 mV",
    },
    initial={"v": "-65 mV", "m": 0.0529, "h": 0.5961, "n": 0.3177},
    method="exponential_euler",
    dt=1e-5,
    sample_dt=1e-4,
    reference="Hodgkin and Huxley (1952), J. Physiol. 117:500",
    description="""
        Hodgkin and Huxley's squid axon: sodium, potassium and leak channels in a membrane.

        The gates m, h and n open and close at rates that depend on the membrane potential v. The sign convention is
        today's, with a rest near -65 mV. Currents, conductances and the capacitance are per area. A spike is an upward
        crossing of v_threshold; nothing is reset, because the channels bring v back.
    """,
    symbols={
        "capacitance": "membrane capacitance per area",
        "g_na": "largest sodium conductance per area",
        "g_k": "largest potassium conductance per area",
        "g_leak": "leak conductance per area",
        "e_na": "reversal potential of sodium",
        "e_k": "reversal potential of potassium",
        "e_leak": "reversal potential of the leak",
        "rate": "scale of all opening and closing rates; higher at higher temperatures",
        "v_scale": "change of potential over which the rates change",
        "v_m": "position of alpha_m, which is rate at v = -v_m",
        "v_h": "position of beta_h, which is rate/2 at v = -v_h",
        "v_n": "position of alpha_n, which is 0.1*rate at v = -v_n",
        "v_65": "position of beta_m, alpha_h and beta_n; minus the resting potential",
        "v_threshold": "potential whose upward crossing counts as a spike",
        "v": "membrane potential",
        "m": "activation of sodium, from 0 to 1",
        "h": "availability of sodium (1 minus its inactivation), from 0 to 1",
        "n": "activation of potassium, from 0 to 1",
        "i_in": "input current per area",
    },
)
