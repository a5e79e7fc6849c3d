"""How is a transfer written down for a bank? Plain data in, plain data out; the rows and verbs are in
`returns/bank.py` and `returns/batches.py`."""
