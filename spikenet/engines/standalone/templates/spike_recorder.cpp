{# Hands the spikes of this step to the stream; stands for a SpikeMonitor, and keeps nothing. #}
{# USES_VARIABLES { N, _spikespace, t } #}
{% extends 'common_group.cpp' %}

{% block maincode %}
    {{scalar_code|autoindent}}
    spikenet::stream().write_spikes({{_spikespace}}, {{_spikespace}}[N], {{t}});
{% endblock %}
