"""What `make bench` measures: one module per kind of work.

`works` has the data and networks, `sides` and `frameworks` train them with us and with the peers,
`timing` says how clocks are read, `records` what came out, `report` prints and writes it. Work that
wants a fresh process runs in `child`.
"""
