{# Sets a port to the row of its drive that is due; stands for a TimedArray. #}
{# USES_VARIABLES { N } #}
{% extends 'host_only.cu' %}

{% block host_maincode %}
    {% set _port = get_array_name(variables[port], access_data=False) %}
    spikenet::stream().read_row("{{ port }}", {{ steps }}, {{ tick }}[0], {{ _port }});
    CUDA_SAFE_CALL(cudaMemcpy(dev{{ _port }}, {{ _port }}, sizeof({{ _port }}[0]) * _N, cudaMemcpyHostToDevice));
{% endblock %}
