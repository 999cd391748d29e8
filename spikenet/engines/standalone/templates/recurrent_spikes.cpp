{# Sets a port to the sum of the weights of the units that spiked in the last step. #}
{# USES_VARIABLES { N, _spikespace } #}
{% extends 'common_group.cpp' %}

{% block maincode %}
    {{scalar_code|autoindent}}
    spikenet::stream().sum_spikes("{{ weights }}", {{_spikespace}}, {{_spikespace}}[N], {{ get_array_name(variables[port]) }});
{% endblock %}
