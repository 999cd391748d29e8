{# What runs between the kernels, on the host. #}
{% extends 'common_group.cu' %}
{% block kernel %}{% endblock %}
{% block prepare_kernel %}{% endblock %}
{% block kernel_call %}{% endblock %}
