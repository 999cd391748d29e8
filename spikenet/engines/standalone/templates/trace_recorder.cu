{# Hands one sample of the output of every neuron to the stream; stands for a StateMonitor, and keeps nothing. #}
{# USES_VARIABLES { N } #}
{% extends 'common_group.cu' %}
{% set _type = c_data_type(variables[output].dtype) %}

{% block extra_kernel_parameters %}
    {{ _type }}* _row,
{% endblock %}

{% block kernel_maincode %}
    ///// scalar_code /////
    {{scalar_code|autoindent}}

    { // the two may define the same variable
        ///// vector_code /////
        {{vector_code|autoindent}}
        _row[_idx] = _recorded;
    }
{% endblock %}

{% block extra_kernel_call %}
    static {{ _type }}* _device_row = nullptr;
    if (!_device_row)
        CUDA_SAFE_CALL(cudaMalloc((void**)&_device_row, sizeof({{ _type }}) * spikenet::stream().capacity()));
{% endblock %}

{% block extra_host_parameters %}
    _device_row,
{% endblock %}

{% block extra_kernel_call_post %}
    {{ _type }}* const _host_row = spikenet::stream().row<{{ _type }}>();
    CUDA_SAFE_CALL(cudaMemcpy(_host_row, _device_row, sizeof({{ _type }}) * _N, cudaMemcpyDeviceToHost));
    spikenet::stream().write_row(_host_row);
{% endblock %}
