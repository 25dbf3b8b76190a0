"""Stopping rules over streams of losses, controls, and the loop that applies them.

`criteria` says what a rule is and how rules add up; `values`, `counting`, `progress`, `clocks` and
`warmup` have the rules. `controls` says what a control is; `steps`, `telling`, `callbacks`,
`snapshots`, `rates` and `combined` have the controls; `loop` applies them to a `trainable`. Nothing
here knows models, machines or TensorFlow.
"""
