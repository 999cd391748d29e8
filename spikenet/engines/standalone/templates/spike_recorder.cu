{# Hands the spikes of this step to the stream; stands for a SpikeMonitor, and keeps nothing. #}
{# USES_VARIABLES { N, _spikespace, t } #}
{% extends 'host_only.cu' %}

{% block host_maincode %}
    {% set _space = get_array_name(variables['_spikespace'], access_data=False) %}
    const int32_t* const _events = dev{{ _space }}[current_idx{{ _space }}];
    int32_t _n_spikes = 0;
    CUDA_SAFE_CALL(cudaMemcpy(&_n_spikes, _events + _N, sizeof(int32_t), cudaMemcpyDeviceToHost));
    int32_t* const _neurons = spikenet::stream().row<int32_t>();
    CUDA_SAFE_CALL(cudaMemcpy(_neurons, _events, sizeof(int32_t) * _n_spikes, cudaMemcpyDeviceToHost));
    spikenet::stream().write_spikes(_neurons, _n_spikes, {{ get_array_name(variables['t'], access_data=False) }}[0]);
{% endblock %}
