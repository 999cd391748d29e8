{# Sets a port to the row of its drive that is due; stands for a TimedArray. #}
{# USES_VARIABLES { N, t } #}
{% extends 'common_group.cpp' %}

{% block maincode %}
    {{scalar_code|autoindent}}
    spikenet::stream().read_row("{{ port }}", {{ steps }}, int64_t({{t}} / {{ interval }} + 0.5), {{ get_array_name(variables[port]) }});
{% endblock %}
