{# Hands one sample of the output of every neuron to the stream; stands for a StateMonitor, and keeps nothing. #}
{# USES_VARIABLES { N } #}
{% extends 'common_group.cpp' %}

{% block maincode %}
    const size_t _vectorisation_idx = -1;
    {{scalar_code|autoindent}}

    auto* _row = spikenet::stream().row<{{ c_data_type(variables[output].dtype) }}>();
    for(int _idx=0; _idx<N; _idx++)
    {
        const size_t _vectorisation_idx = _idx;
        {{vector_code|autoindent}}
        _row[_idx] = _recorded;
    }
    spikenet::stream().write_row(_row);
{% endblock %}
