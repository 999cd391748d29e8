{# Sets a port to the row of its drive that is due; stands for a TimedArray. #}
{# USES_VARIABLES { N } #}
{% extends 'common_group.cpp' %}

{% block maincode %}
    {{scalar_code|autoindent}}
    spikenet::stream().read_row("{{ port }}", {{ steps }}, {{ tick }}[0], {{ get_array_name(variables[port]) }});
{% endblock %}
