{# Sets a port to the sum of what all units of a sample send, times their weights. #}
{# USES_VARIABLES { N } #}
{% extends 'common_group.cpp' %}

{% block maincode %}
    {{scalar_code|autoindent}}
    spikenet::stream().sum_values("{{ weights }}", {{ get_array_name(variables[variable]) }}, {{ get_array_name(variables[port]) }});
{% endblock %}
