{# Several substeps of a neuron in one kernel: starting a kernel costs more than a step. #}
{# USES_VARIABLES { N } #}
{# ALLOWS_SCALAR_WRITE #}
{% extends 'common_group.cu' %}

{% block kernel_maincode %}
    ///// scalar_code /////
    {{scalar_code|autoindent}}

    for (int _substep = 0; _substep < {{ substeps | default(1) }}; _substep++)
    {
        ///// vector_code /////
        {{vector_code|autoindent}}
    }
{% endblock %}
