"""The experiment on next to no images."""


def test_networks_without_activation_function_are_trained(quick_run):
    result, _ = quick_run("cwa-no-activation", seeds=(1,), images=200, epochs=1, recipe="network.width=0.02 batch=50")
    assert 0 <= result["metrics"]["recognised"]["test"][0] <= 100
    assert result["metrics"]["activity by epoch and layer"][0][0][0] > 0.99  # nothing is clipped
    caption = result["tables"][0]["caption"]
    assert all(text in caption for text in ("rate 0.06", "release='linear'", "rule='exponential'", "width=0.02"))
